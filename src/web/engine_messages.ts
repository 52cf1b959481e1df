import type { StackFiles } from "./opened_files.ts";
import type { AdapterInfo, PredictionOptions, StackInfo } from "../core.ts";

/** An adapter that this browser offers. */
export type BrowserAdapter = Pick<AdapterInfo, "name" | "type">;

/** A prediction that the page's worker is to make. */
export interface LocalRequest {
  readonly stack: StackFiles;
  readonly model: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
  readonly options: Pick<PredictionOptions, "factor" | "spacing">;
}

/** A finished stack, as an ImageJ TIFF. */
export interface LocalResult {
  readonly stack: Blob;
  readonly sizes: StackInfo["sizes"];
  /** True things a user should hear. */
  readonly notes: readonly string[];
}

/** How far the worker is; slices are measured first where the intensities must be known. */
export interface LocalProgress {
  readonly phase: "measuring" | "predicting";
  readonly done: number;
  readonly total: number;
  readonly secondsLeft?: number;
}
