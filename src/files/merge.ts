import { join } from "node:path";
import {
  createStackWriter,
  InputError,
  lostIn,
  option,
  phrase,
  type SampleType,
  type Slice,
} from "../core.ts";
import { createFile, exists, explained, openFile } from "./local_files.ts";
import { outputFormat } from "./predict_file.ts";
import { bytesOfRow, type PartedStack, type PartManifest, readManifest } from "./shard_file.ts";

/** A part with its place. */
interface PlacedPart extends PartManifest {
  readonly samples: string;
}

/** What was joined. */
export interface MergeReport {
  readonly output: string;
  readonly parts: number;
  readonly sizes: PartedStack["output"]["sizes"];
  /** True things a user should hear: what the output's format has no place for. */
  readonly notes: readonly string[];
}

/**
 * Joins the parts of one stack that lie in `folders` into the stack that one run would have
 * written, byte for byte. Throws an InputError where one is missing, unfinished, there twice, or of
 * another stack, model or option than the others.
 */
export async function mergeParts(
  folders: readonly string[],
  output: string,
  signal: AbortSignal,
): Promise<MergeReport> {
  const parts = await checkedParts(folders);
  const { stack } = parts[0];
  const { sizes: { c, y, x }, sampleType } = stack.output;
  const rowBytes = bytesOfRow(stack);
  const file = await createFile(output);
  try {
    const writer = createStackWriter(file, {
      ...stack.output,
      format: outputFormat(output),
      extras: Object.fromEntries(
        Object.entries(stack.metadata).map(([key, value]) => [`zaugnet.${key}`, value]),
      ),
    });
    for (const { samples, rows } of parts) {
      const source = await openFile(samples);
      try {
        for (let row = 0; row < rows; row++) {
          signal.throwIfAborted();
          const bytes = await source.read(row * rowBytes, rowBytes);
          for (let channel = 0; channel < c; channel++) {
            const plane = bytes.slice(channel * rowBytes / c, (channel + 1) * rowBytes / c);
            await writer.writeSlice(sliceOf(sampleType, plane.buffer, y * x));
          }
        }
      } finally {
        source.close();
      }
    }
    await writer.close();
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
  return {
    output,
    parts: parts.length,
    sizes: stack.output.sizes,
    notes: lostIn(outputFormat(output), stack.output.kept),
  };
}

function sliceOf(type: SampleType, buffer: ArrayBuffer, length: number): Slice {
  if (type === "uint8") return new Uint8Array(buffer, 0, length);
  if (type === "uint16") return new Uint16Array(buffer, 0, length);
  return new Float32Array(buffer, 0, length);
}

/** The parts in their order, once they are known to fit together. */
async function checkedParts(folders: readonly string[]): Promise<PlacedPart[]> {
  const found = (await Promise.all(folders.map(partsIn))).flat();
  if (found.length === 0) {
    throw new InputError(`There is no part of a stack in ${folders.join(", ")}.`);
  }
  const [first] = found;
  const { of } = first.shard;
  for (const part of found) {
    const reason = part.shard.of === of ? differs(first.stack, part.stack) : "number of shards";
    if (reason === undefined) continue;
    throw new InputError(
      `${part.samples} and ${first.samples} do not belong together: their ${reason} differs.`,
    );
  }
  const parts = Array.from({ length: of }, (_, index) => {
    const own = found.filter(({ shard }) => shard.index === index);
    if (own.length === 1) return own[0];
    const what = own.length === 0 ? "is missing" : `is there twice: ${own[1].samples}`;
    throw new InputError(`Shard ${index}/${of} of ${first.stack.name} ${what}.`);
  });
  for (const part of parts) await checkWhole(part);
  return parts;
}

async function partsIn(folder: string): Promise<PlacedPart[]> {
  const names: string[] = [];
  await explained(folder, async () => {
    for await (const { name } of Deno.readDir(folder)) {
      if (/\.shard-\d+-of-\d+\.json$/.test(name)) names.push(name);
    }
  });
  const parts = await Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name);
      const manifest = await readManifest(path);
      return manifest && { ...manifest, samples: path.replace(/json$/, "samples") };
    }),
  );
  return parts.filter((part) => part !== undefined);
}

/** The first thing in which two stacks differ. */
function differs(a: PartedStack, b: PartedStack): string | undefined {
  if (a.name !== b.name) return `stack (${a.name}, ${b.name})`;
  for (const key of ["bytes", "sha256"] as const) if (a[key] !== b[key]) return "stack's content";
  if (a.reading !== b.reading) return `reading (${a.reading}, ${b.reading})`;
  for (const key of new Set([...Object.keys(a.metadata), ...Object.keys(b.metadata)])) {
    const [one, other] = [a.metadata[key], b.metadata[key]];
    if (one !== other) return `${key} (${one ?? "none"}, ${other ?? "none"})`;
  }
  if (a.plan !== b.plan || JSON.stringify(a.output) !== JSON.stringify(b.output)) {
    return "positions";
  }
  return undefined;
}

async function checkWhole({ samples, rows, shard, stack }: PlacedPart): Promise<void> {
  const which = `Shard ${shard.index}/${shard.of} of ${stack.name}`;
  if (!await exists(samples)) {
    const resume = option("resume");
    throw new InputError(phrase`${which} isn't finished: predict it again with ${resume}.`);
  }
  const { size } = await explained(samples, () => Deno.stat(samples));
  const wanted = rows * bytesOfRow(stack);
  if (size === wanted) return;
  throw new InputError(`${which} is damaged: ${samples} has ${size} bytes, not ${wanted}.`);
}
