import { defaultNormalization, measuredParts, type StackInfo } from "../core.ts";
import { readingOf } from "../options/stack_input.ts";
import { exists } from "../files/local_files.ts";
import { pathOf, type StackPath } from "../files/stack_path.ts";
import { spreadPath } from "../files/output_files.ts";
import { stackInfo } from "../files/stack_info.ts";
import {
  madeFrom,
  planJob,
  type PredictionJob,
  type PredictionReport,
  reportOf,
} from "../files/predict_file.ts";
import { openStackFile } from "../files/stack_file.ts";
import { changedInput } from "../files/watched_stack.ts";

/**
 * The report of an output that is whole and was made in the same way, or undefined where it has to
 * be made. Files get their names only when they are whole, so what is left to check is whether it
 * is the stack that is wanted, from the same samples and the same model. Throws an InputError where
 * the input was changed since.
 */
export async function wholeOutput(
  input: StackPath,
  output: string,
  job: PredictionJob,
): Promise<PredictionReport | undefined> {
  if (!await exists(output)) return undefined;
  if (job.options.uncertainty && !await exists(spreadPath(output))) return undefined;
  const { signal } = job;
  const stack = await openStackFile(input, { ...readingOf(job.options), signal });
  try {
    const { reader: { info }, digest } = stack;
    const plan = planJob(info, job);
    const found = await stackInfo(output);
    if (!found) return undefined;
    const made = madeHow(found);
    if (!made.has("input_sha256")) return undefined;
    const from = madeFrom(await digest(signal), job);
    // Of an input that is read in another way, other samples are no change.
    if (made.get("input_reading") !== from.input_reading) return undefined;
    if (made.get("input_sha256") !== from.input_sha256) throw changedInput(pathOf(input), output);
    if (!sameStack(found, { ...info, sizes: plan.sizes })) return undefined;
    const wanted = Object.entries({
      ...job.provenance,
      ...plan.metadata,
      ...normalization(info, job),
    })
      // Other tiles or kernels differ in the last bits, as another adapter would.
      .filter(([key]) => !key.startsWith("tile") && key !== "kernels");
    // A stack without an ensemble, or without calibration, says nothing of it.
    if (["ensemble", "calibration"].some((key) => made.has(key) !== key in plan.metadata)) {
      return undefined;
    }
    if (wanted.some(([key, value]) => made.get(key) !== value)) return undefined;
    const facts = { metadata: {}, peakDeviceBytes: 0, seconds: 0 };
    return { ...reportOf(input, output, info, plan, facts), skipped: true };
  } finally {
    stack.close();
  }
}

function sameStack(a: StackInfo, b: Pick<StackInfo, "sizes" | "sampleType">): boolean {
  return a.sampleType === b.sampleType &&
    (["t", "c", "z", "y", "x"] as const).every((axis) => a.sizes[axis] === b.sizes[axis]);
}

/** The output's metadata, by the keys of {@link PredictionJob}'s provenance. */
function madeHow({ extras = {} }: StackInfo): Map<string, string> {
  const made = Object.entries(extras)
    .map(([key, value]): [string, string] => [key.slice("zaugnet.".length), value]);
  return new Map(made);
}

/** What is known of the normalisation without reading the stack. */
function normalization(info: StackInfo, job: PredictionJob): Record<string, string> {
  const { range, per = "channel", normalization = defaultNormalization(info.sampleType) } =
    job.options;
  if (!range) {
    const isMeasured = normalization !== "dtype" && measuredParts(info, per).length > 1;
    return { normalization, ...isMeasured ? { normalization_per: per } : {} };
  }
  const [low, high] = range.map(String);
  return { normalization: "range", normalization_low: low, normalization_high: high };
}
