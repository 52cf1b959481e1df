import {
  type DamagedSlice,
  findDamage,
  InputError,
  namedDamage,
  normalizerFor,
  placeInWords,
  planRepair,
  repairSlices,
  type StackInfo,
  withoutDamage,
} from "../core.ts";
import { readingOf } from "../options/stack_input.ts";
import { createOutputs, writeAll } from "./output_files.ts";
import {
  describeOutput,
  notesOf,
  optionsFor,
  type PredictionJob,
  type PredictionObserver,
  type PredictionReport,
  reportOf,
} from "./predict_file.ts";
import { openStackFile } from "./stack_file.ts";
import type { StackPath } from "./stack_path.ts";

/**
 * Fills a stack's damaged slices from file to file, and leaves all others as they are. Nothing is
 * written where nothing is to be filled, or for a dry run; every damaged slice is noted with its
 * reason.
 */
export async function repairFile(
  input: StackPath,
  output: string,
  job: PredictionJob,
  observer: PredictionObserver,
  { dryRun = false } = {},
): Promise<PredictionReport> {
  const { network, signal, options: { normalization, per, range, repair } } = job;
  if (repair === undefined) throw new InputError("No slices to repair were named.");
  const start = performance.now();
  const stack = await openStackFile(input, {
    ...readingOf(job.options),
    withMissing: true,
    signal,
  });
  network.resetPeak();
  try {
    const { reader } = stack;
    const { info } = reader;
    const auto = repair === "auto";
    const damaged = auto ? await findDamage(reader, { signal }) : namedDamage(info, repair);
    const plan = planRepair(info, network.anyDistance, damaged, { keepEnds: auto });
    const { repaired } = plan;
    const reasons = damaged.map((slice) => `${nameOf(slice, info)} ${slice.reason}`);
    const made = {
      sizes: info.sizes,
      voxelSize: info.voxelSize,
      predictedSlices: repaired.length,
      notes: [...auto ? reasons : [], ...plan.notes],
    };
    notesOf(info, made, output).forEach((note) => observer.note(note));
    const done = (metadata: Readonly<Record<string, string>>) => ({
      ...reportOf(input, output, info, made, {
        metadata,
        peakDeviceBytes: network.peakDeviceBytes,
        seconds: (performance.now() - start) / 1000,
      }),
      repaired: repaired.map(({ t, c, z, reason }) => ({
        t: t + 1,
        c: c + 1,
        z: z + 1,
        reason,
      })),
      skipped: repaired.length === 0,
    });
    if (dryRun || repaired.length === 0) return done({});
    const good = withoutDamage(reader, damaged);
    const normalizer = await normalizerFor(good, { normalization, per, range, signal });
    const names = repaired.map((slice) => nameOf(slice, info)).join(", ");
    const metadata = { ...job.provenance, repaired: names, ...normalizer.describe() };
    const kept = keptOf(info, repaired);
    const described = describeOutput(output, info, { ...made, kept }, metadata);
    const files = await createOutputs(output, described);
    observer.ready?.();
    const slices = repairSlices(reader, network, plan, {
      ...optionsFor(info, job),
      normalizer,
      signal,
      onProgress: (progress) => observer.progress?.(progress),
    });
    await writeAll(files, slices);
    return done(metadata);
  } finally {
    stack.close();
  }
}

/** What the stack says of its slices; those that are filled have labels of their own. */
function keptOf({ kept, sizes }: StackInfo, repaired: readonly DamagedSlice[]): StackInfo["kept"] {
  if (kept?.labels === undefined) return kept;
  const labels = [...kept.labels];
  for (const { t, c, z } of repaired) {
    labels[(t * sizes.z + z) * sizes.c + c] = `predicted z:${z + 1}/${sizes.z}`;
  }
  return { ...kept, labels };
}

/** "slice 3", with channel and frame where there are several. */
function nameOf({ t, c, z }: DamagedSlice, { sizes }: StackInfo): string {
  return placeInWords({
    slice: z,
    channel: sizes.c > 1 ? c : undefined,
    frame: sizes.t > 1 ? t : undefined,
  });
}
