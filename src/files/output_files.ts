import {
  createStackWriter,
  type EnsembleSlice,
  type PredictedSlice,
  type StackOutput,
} from "../core.ts";
import { createFile } from "./local_files.ts";

/** The files of a prediction while they are written. */
export interface OutputFiles {
  write(slice: PredictedSlice | EnsembleSlice): Promise<void>;
  /** Gives the files their names; the stack gets its own last, so that it stands for both. */
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** Writes all slices and gives the files their names; where that fails, removes what was written. */
export async function writeAll(
  files: OutputFiles,
  slices: AsyncIterable<PredictedSlice | EnsembleSlice>,
): Promise<void> {
  try {
    for await (const slice of slices) await files.write(slice);
    await files.finish();
  } catch (error) {
    await files.discard();
    throw error;
  }
}

/** Where an ensemble's spread goes: "a.ome.tif" becomes "a-spread.ome.tif". */
export function spreadPath(output: string): string {
  return output.replace(/(\.ome)?\.tiff?$/i, (ending) => `-spread${ending}`);
}

/** Creates the file of a stack and, where asked, that of its spread: float32, else alike. */
export async function createOutputs(
  path: string,
  output: StackOutput,
  withSpread = false,
): Promise<OutputFiles> {
  const file = await createFile(path);
  const writer = createStackWriter(file, output);
  if (!withSpread) {
    return {
      write: ({ slice }) => writer.writeSlice(slice),
      finish: () => writer.close().then(() => file.finish()),
      discard: () => file.discard(),
    };
  }
  const spread = await createOutputs(spreadPath(path), {
    ...output,
    sampleType: "float32",
    // Colours' ranges and what a value means are those of the stack.
    kept: { info: output.kept?.info, labels: output.kept?.labels },
    extras: { ...output.extras, "zaugnet.holds": "standard deviation of the ensemble" },
  });
  return {
    async write(slice) {
      await writer.writeSlice(slice.slice);
      if ("spread" in slice) await spread.write({ ...slice, slice: slice.spread });
    },
    async finish() {
      await writer.close();
      await spread.finish();
      await file.finish();
    },
    async discard() {
      await spread.discard();
      await file.discard();
    },
  };
}
