import { bytesToHex } from "@noble/hashes/utils.js";
import { basename, join } from "node:path";
import {
  type ByteSource,
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
import { exists, explained, openFile, readWhole, writeWhole } from "./local_files.ts";
import {
  describeOutput,
  planJob,
  type PredictionJob,
  type PredictionObserver,
} from "./predict_file.ts";
import { remaining, rowsIn, rowsPerGap, segmentJob, segmentsOf, type Shard } from "./shard.ts";
import { jsonWithBytes, parseWithBytes } from "./manifest_json.ts";
import { bytesOf, openStackFile } from "./stack_file.ts";
import { pathOf, type StackPath } from "./stack_path.ts";

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
  /** Of the first and the last MiB of the file, of a sequence of each file. */
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
  try {
    const { reader } = stack;
    const plan = planJob(reader.info, job);
    for (const note of [...reader.info.notes, ...plan.notes]) observer.note(note);
    const segments = segmentsOf(reader, shard);
    const perGap = rowsPerGap(plan, reader.info.sizes.z - 1);
    const { signal, options: { normalization, per, range } } = job;
    const normalizer = await normalizerFor(reader, { normalization, per, range, signal });
    const metadata = { ...job.provenance, ...plan.metadata, ...normalizer.describe() };
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
        ...await identityOf(input),
        reading: JSON.stringify(readingOf(job.options)),
        plan: await digest(new TextEncoder().encode(JSON.stringify(plan.slices))),
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
    const known = resume && await saysTheSame(`${part}.json`, manifest);
    if (known && await exists(samples)) return report(manifest.rows);
    if (!known) await begin(folder, part, manifest);

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
    await file.sync();
    await explained(samples, () => Deno.rename(`${samples}.partial`, samples));
    return report(left.rows);
  } finally {
    stack.close();
  }
}

/** Bytes of one row of the output: all channels of a z. */
export function bytesOfRow({ output: { sizes, sampleType } }: PartedStack): number {
  return bytesOf({ sizes: { ...sizes, t: 1, z: 1 }, sampleType });
}

/** Starts a part again: what an older one left is not part of it. */
async function begin(folder: string, part: string, manifest: PartManifest): Promise<void> {
  await explained(folder, () => Deno.mkdir(folder, { recursive: true }));
  for (const old of [`${part}.samples`, `${part}.samples.partial`]) {
    if (await exists(old)) await explained(old, () => Deno.remove(old));
  }
  await writeWhole(`${part}.json`, new TextEncoder().encode(jsonWithBytes(manifest)));
}

async function saysTheSame(path: string, manifest: PartManifest): Promise<boolean> {
  if (!await exists(path)) return false;
  const text = new TextDecoder().decode(await readWhole(path));
  return text === jsonWithBytes(manifest);
}

/** Tells stacks apart: the bytes of their files, and a digest of their ends. */
async function identityOf(path: StackPath): Promise<{ bytes: number; sha256: string }> {
  let bytes = 0;
  const digests: string[] = [];
  for (const file of typeof path === "string" ? [path] : path) {
    const source = await openFile(file);
    try {
      bytes += source.size;
      digests.push(await digestOfEnds(source));
    } finally {
      source.close();
    }
  }
  const [first, ...others] = digests;
  if (others.length === 0) return { bytes, sha256: first };
  return { bytes, sha256: await digest(new TextEncoder().encode(digests.join())) };
}

/** Tells files apart without reading all of one that may have terabytes. */
async function digestOfEnds(source: ByteSource): Promise<string> {
  const length = Math.min(2 ** 20, source.size);
  const ends = [await source.read(0, length), await source.read(source.size - length, length)];
  return await digest(new Uint8Array(await new Blob(ends).arrayBuffer()));
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
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
