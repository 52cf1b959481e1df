import type { Augmentation, Normalization, TrainingSettings } from "../core.ts";
import type { RepairChoice } from "../files/predict_file.ts";

/** A stack that was uploaded for a job, in the order in which they came. */
export interface UploadedStack {
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
}

/** The options of a prediction's job, named as the flags of `zaugnet predict`. */
export interface PredictionRequest {
  readonly model: string;
  /** Hexadecimal SHA-256 of the model's file when the job was taken on. */
  readonly modelSha256: string;
  readonly factor?: number;
  readonly dpm?: readonly number[];
  readonly spacing?: number | "isotropic";
  /** The z of each slice, where the steps are uneven. */
  readonly positions?: readonly number[];
  readonly repair?: RepairChoice;
  readonly uncertainty?: boolean;
  readonly normalization?: Normalization;
  readonly range?: readonly [number, number];
  readonly tile?: number;
  readonly overlap?: number;
  readonly batchSize?: number;
  /** The result's kind: an ImageJ hyperstack (.tif) or OME-TIFF (.ome.tif). */
  readonly format: "imagej" | "ome";
  readonly inputs: readonly UploadedStack[];
}

/** The options of a training's job, named as the flags of `zaugnet train`. */
export interface TrainingRequest {
  readonly variant?: TrainingSettings["variant"];
  /** The model that it starts from, and its file's SHA-256 when the job was taken on. */
  readonly init?: string;
  readonly initSha256?: string;
  readonly epochs?: number;
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly earlyStop?: number;
  readonly validateEvery?: number;
  readonly batchSize: number;
  readonly microBatch?: number;
  readonly patchSize: number;
  readonly learningRate: number;
  readonly lambdaAdv?: number;
  readonly lambdaGp: number;
  readonly nCritic: number;
  readonly clipNorm: number;
  readonly pixelLoss: TrainingSettings["pixelLoss"];
  readonly seed: number;
  readonly maxSpan: number;
  readonly skipUncorrelated: boolean;
  readonly without: readonly Augmentation[];
  readonly validation: "stacks" | "blocks" | "none";
  readonly normalization?: Normalization;
  readonly inputs: readonly UploadedStack[];
}
