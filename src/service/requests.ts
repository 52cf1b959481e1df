import { InputError } from "../core.ts";
import { count, type Kind, kind, refuse, text } from "../options/kinds.ts";
import { PREDICT } from "../options/predict.ts";
import { type Options, type OptionsOf, readOptions } from "../options/table.ts";
import { TRAIN } from "../options/train.ts";
import { recordOf } from "./queue_json.ts";

/** A stack that was uploaded for a job, in the order in which they came. */
export interface UploadedStack {
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** How many files it is, of a sequence. */
  readonly parts?: number;
}

const sha256 = text("sha256");

const uploadedStacks: Kind<readonly UploadedStack[]> = kind(
  "stacks",
  { type: "string" },
  JSON.parse,
  (value) =>
    !Array.isArray(value) ? refuse("a list of stacks") : value.map((stack) => {
      const { bytes, sha256: digest, parts } = recordOf(stack);
      if (typeof bytes !== "number") return refuse("stacks with their bytes");
      return {
        bytes,
        sha256: sha256.read(digest),
        ...parts === undefined ? {} : { parts: count.read(parts) },
      };
    }),
);

/** What a service adds to the options of its jobs. */
const INPUTS = {
  inputs: {
    http: uploadedStacks,
    required: "There is no stack.",
    help: "the stacks that were uploaded",
  },
} as const satisfies Options;

const PREDICTION_JOB = {
  ...PREDICT,
  model: { ...PREDICT.model, required: "There is no model." },
  modelSha256: {
    http: sha256,
    required: "There is no model.",
    help: "hexadecimal SHA-256 of the model's file when the job was taken on",
  },
  ...INPUTS,
} as const satisfies Options;

const TRAINING_JOB = {
  ...TRAIN,
  initSha256: {
    http: sha256,
    help: "hexadecimal SHA-256 of the file of the model that is started from, likewise",
  },
  ...INPUTS,
} as const satisfies Options;

/** The options of a prediction's job. */
export type PredictionRequest = OptionsOf<typeof PREDICTION_JOB, "http">;

/** The options of a training's job. */
export type TrainingRequest = OptionsOf<typeof TRAINING_JOB, "http">;

/** Reads the options of a prediction's job. Throws an InputError for what are none. */
export function readPredictionRequest(options: unknown): PredictionRequest {
  return read(PREDICTION_JOB, options);
}

/** Reads the options of a training's job. Throws an InputError for what are none. */
export function readTrainingRequest(options: unknown): TrainingRequest {
  return read(TRAINING_JOB, options);
}

function read<T extends Options>(table: T, options: unknown): OptionsOf<T, "http"> {
  try {
    return readOptions(table, "http", recordOf(options));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `The job in the queue is damaged, or of another version of the service: ${error.message}`,
    );
  }
}
