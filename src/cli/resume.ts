import { defaultNormalization, measuredParts, type StackInfo } from "../core.ts";
import { readingOf } from "../options/stack_input.ts";
import { exists } from "../files/local_files.ts";
import { openStackPath, type StackPath } from "../files/stack_path.ts";
import { spreadPath } from "../files/output_files.ts";
import { stackInfo } from "../files/stack_info.ts";
import {
  planJob,
  type PredictionJob,
  type PredictionReport,
  reportOf,
} from "../files/predict_file.ts";

/**
 * The report of an output that is whole and was made in the same way, or undefined where it has to
 * be made. Files get their names only when they are whole, so what is left to check is whether it
 * is the stack that is wanted, from the same model.
 */
export async function wholeOutput(
  input: StackPath,
  output: string,
  job: PredictionJob,
): Promise<PredictionReport | undefined> {
  if (!await exists(output)) return undefined;
  if (job.options.uncertainty && !await exists(spreadPath(output))) return undefined;
  const { reader: { info }, close } = await openStackPath(input, {
    ...readingOf(job.options),
    signal: job.signal,
  });
  try {
    const plan = planJob(info, job);
    const found = await stackInfo(output);
    if (!found || !sameStack(found, { ...info, sizes: plan.sizes })) return undefined;
    const made = madeHow(found);
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
    close();
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
