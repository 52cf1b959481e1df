import { basename, join } from "node:path";
import {
  carriedOver,
  fitCompletion,
  InputError,
  type Message,
  normalizerFor,
  normalizerOfPart,
  option,
  phrase,
  predictSlices,
  type Progress,
  render,
  sourcesOf,
  type StackOutput,
} from "../core.ts";
import { readingOf } from "../options/stack_input.ts";
import { type Claim, claim } from "./claim.ts";
import { exists, explained, readWhole, writeWhole } from "./local_files.ts";
import {
  describeOutput,
  madeFrom,
  planJob,
  type PredictionJob,
  type PredictionObserver,
} from "./predict_file.ts";
import { remaining, rowsIn, rowsPerGap, segmentJob, segmentsOf, type Shard } from "./shard.ts";
import { sha256 as sha256Of } from "./provenance.ts";
import { jsonWithBytes, parseWithBytes } from "./manifest_json.ts";
import { bytesOf, openStackFile } from "./stack_file.ts";
import { pathOf, type StackPath } from "./stack_path.ts";
import { changedInput } from "./watched_stack.ts";

/** What a part says of itself, beside its samples: `<part>.json`. */
export interface PartManifest {
  readonly format: "zaugnet part 2";
  readonly shard: Shard;
  /** Rows of the output (a z of one frame, with all channels) in it. */
  readonly rows: number;
  /** What all parts of a stack agree in. */
  readonly stack: PartedStack;
}

/** A stack that is predicted in parts. */
export interface PartedStack {
  readonly name: string;
  readonly bytes: number;
  /** Of all its samples. */
  readonly sha256: string;
  /** What the user said of it, as JSON. */
  readonly reading: string;
  /** Of where every slice of the output comes from. */
  readonly plan: string;
  /** What is written in the end; the format follows the file's name. */
  readonly output: Omit<StackOutput, "format" | "extras">;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What was done with one shard. */
export interface ShardReport {
  readonly input: string;
  /** The file with its samples. */
  readonly output: string;
  readonly shard: Shard;
  /** Rows of the output: in the part, and those that were there already. */
  readonly rows: number;
  readonly rowsBefore: number;
  readonly seconds: number;
}

/** A shard was ended before it was whole; what it has stays. */
export class ShardInterruptedError extends Error {
  override name = "ShardInterruptedError";

  constructor(readonly said: Message) {
    super(render(said));
  }
}

/** The name of a part without its ending. */
export function partName(input: StackPath, { index, of }: Shard): string {
  return `${basename(pathOf(input))}.shard-${index}-of-${of}`;
}

/**
 * Predicts a shard of a stack into a part in `folder`: samples in the output's order, and a
 * manifest. What an interrupted one has stays, and with `resume` is gone on from.
 */
export async function predictShard(
  input: StackPath,
  folder: string,
  { shard, resume }: { shard: Shard; resume: boolean },
  job: PredictionJob,
  observer: PredictionObserver,
): Promise<ShardReport> {
  const start = performance.now();
  const stack = await openStackFile(input, {
    ...readingOf(job.options),
    signal: job.signal,
  });
  let claimed: Claim | undefined;
  try {
    const { reader, digest } = stack;
    const plan = planJob(reader.info, job);
    for (const note of [...reader.info.notes, ...plan.notes]) observer.note(note);
    const segments = segmentsOf(reader, shard);
    const perGap = rowsPerGap(plan, reader.info.sizes.z - 1);
    const { signal, options: { normalization, per, range } } = job;
    const normalizer = await normalizerFor(reader, { normalization, per, range, signal });
    const sha256 = await digest(signal);
    const metadata = {
      ...job.provenance,
      ...plan.metadata,
      ...normalizer.describe(),
      ...madeFrom(sha256, job),
    };
    const { format: _, extras: __, ...output } = describeOutput(pathOf(input), reader.info, {
      ...plan,
      kept: carriedOver(reader.info, sourcesOf(plan.slices)),
    }, metadata);
    const manifest: PartManifest = {
      format: "zaugnet part 2",
      shard,
      rows: rowsIn(segments, perGap),
      stack: {
        name: basename(pathOf(input)),
        bytes: stack.bytes,
        sha256,
        reading: JSON.stringify(readingOf(job.options)),
        plan: await sha256Of(new TextEncoder().encode(JSON.stringify(plan.slices))),
        output,
        metadata,
      },
    };
    const part = join(folder, partName(input, shard));
    const samples = `${part}.samples`;
    const report = (rowsBefore: number): ShardReport => ({
      input: pathOf(input),
      output: samples,
      shard,
      rows: manifest.rows,
      rowsBefore,
      seconds: (performance.now() - start) / 1000,
    });
    const known = resume && await goesOnFrom(`${part}.json`, manifest, pathOf(input));
    if (known && await exists(samples)) return report(manifest.rows);
    await explained(folder, () => Deno.mkdir(folder, { recursive: true }));
    claimed = await explained(samples, () => claim(samples));
    if (!known) await begin(part, manifest);

    const rowBytes = bytesOfRow(manifest.stack);
    using file = await explained(
      samples,
      () => Deno.open(`${samples}.partial`, { read: true, write: true, create: true }),
    );
    const rowsThere = Math.floor((await file.stat()).size / rowBytes);
    const left = remaining(segments, perGap, rowsThere);
    await file.truncate(left.rows * rowBytes);
    await file.seek(0, Deno.SeekMode.End);
    let done = left.rows;
    try {
      const run = {
        normalizer,
        signal,
        onProgress: (progress: Progress) => observer.progress?.(progress),
      };
      // Weights are the whole stack's, whichever part of it this is.
      const completion = await fitCompletion(reader, job.network, plan, run);
      for (const segment of left.segments) {
        const own = segmentJob(reader, plan, segment);
        const slices = predictSlices(own.reader, job.network, own.plan, {
          ...run,
          normalizer: normalizerOfPart(normalizer, segment.t),
          completion,
        });
        for await (const { slice, c } of slices) {
          const bytes = new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength);
          for (let n = 0; n < bytes.length;) {
            n += await explained(samples, () => file.write(bytes.subarray(n)));
          }
          if (c === reader.info.sizes.c - 1) done++;
        }
      }
    } catch (error) {
      if (!job.signal.aborted) throw error;
      throw new ShardInterruptedError(
        phrase`Interrupted: ${done} of ${manifest.rows} slices of shard ${shard.index}/${shard.of}
          are kept in ${folder}; the same command with ${option("resume")} continues from them.`,
      );
    }
    await explained(samples, () => file.sync());
    await claimed.check();
    await explained(samples, () => Deno.rename(`${samples}.partial`, samples));
    return report(left.rows);
  } finally {
    await claimed?.release();
    stack.close();
  }
}

/** Bytes of one row of the output: all channels of a z. */
export function bytesOfRow({ output: { sizes, sampleType } }: PartedStack): number {
  return bytesOf({ sizes: { ...sizes, t: 1, z: 1 }, sampleType });
}

/** Starts a part again: what an older one left is not part of it. */
async function begin(part: string, manifest: PartManifest): Promise<void> {
  for (const old of [`${part}.samples`, `${part}.samples.partial`]) {
    if (await exists(old)) await explained(old, () => Deno.remove(old));
  }
  await writeWhole(`${part}.json`, new TextEncoder().encode(jsonWithBytes(manifest)));
}

/** Throws an InputError where the part was begun from other samples. */
async function goesOnFrom(path: string, manifest: PartManifest, input: string): Promise<boolean> {
  if (!await exists(path)) return false;
  const before = await readManifest(path);
  const asBefore = before?.stack.reading === manifest.stack.reading;
  if (asBefore && before.stack.sha256 !== manifest.stack.sha256) throw changedInput(input, path);
  return before !== undefined && jsonWithBytes(before) === jsonWithBytes(manifest);
}

/** Reads a manifest; undefined for JSON that is none. Throws an InputError where it is damaged. */
export async function readManifest(path: string): Promise<PartManifest | undefined> {
  const text = new TextDecoder().decode(await readWhole(path));
  try {
    const found = parseWithBytes(text) as PartManifest | undefined;
    return found?.format === "zaugnet part 2" ? found : undefined;
  } catch {
    throw new InputError(`${path} is not JSON: the part beside it has to be predicted again.`);
  }
}
