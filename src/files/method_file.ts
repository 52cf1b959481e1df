import {
  carriedOver,
  type Method,
  normalizerFor,
  pictureChannels,
  planMethod,
  predictByMethod,
  sourcesOf,
} from "../core.ts";
import { readingOf } from "../options/stack_input.ts";
import { createOutputs, writeAll } from "./output_files.ts";
import {
  describeOutput,
  notesOf,
  type PredictionJob,
  type PredictionObserver,
  type PredictionReport,
  reportOf,
} from "./predict_file.ts";
import { openStackFile } from "./stack_file.ts";
import type { StackPath } from "./stack_path.ts";

/** What one stack is predicted with where there is no network. */
export interface MethodJob extends Omit<PredictionJob, "network"> {
  readonly method: Method;
}

/** Predicts one stack without a network, from file to file; an unfinished output is removed. */
export async function predictFileByMethod(
  input: StackPath,
  output: string,
  { method, options, provenance, signal }: MethodJob,
  observer: PredictionObserver,
): Promise<PredictionReport> {
  const start = performance.now();
  const stack = await openStackFile(input, { ...readingOf(options), signal });
  try {
    const { reader } = stack;
    const { info } = reader;
    const plan = planMethod(info, method, options);
    const predicted = plan.slices.filter((slice) => "gap" in slice).length;
    const made = {
      sizes: { ...info.sizes, z: plan.slices.length },
      voxelSize: plan.voxelSize,
      predictedSlices: predicted * info.sizes.t * pictureChannels(info).length,
      notes: plan.notes,
      kept: carriedOver(info, sourcesOf(plan.slices)),
    };
    notesOf(info, made, output).forEach((note) => observer.note(note));
    const { normalization, per, range } = options;
    const normalizer = await normalizerFor(reader, { normalization, per, range, signal });
    const metadata = { ...provenance, method, ...plan.metadata, ...normalizer.describe() };
    const files = await createOutputs(output, describeOutput(output, info, made, metadata));
    observer.ready?.();
    const slices = predictByMethod(reader, method, plan, {
      normalizer,
      signal,
      onProgress: (progress) => observer.progress?.(progress),
    });
    await writeAll(files, slices);
    return reportOf(input, output, info, made, {
      metadata,
      peakDeviceBytes: 0,
      seconds: (performance.now() - start) / 1000,
    });
  } finally {
    stack.close();
  }
}
