import { InputError } from "../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../src/io/byte_source.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { fuzzFiles } from "./fuzz_files.ts";

/** What a run of mutations came to. */
export interface FuzzReport {
  readonly trials: number;
  readonly refused: number;
  readonly read: number;
  /** The longest of all, in milliseconds, and which it was. */
  readonly slowest: { readonly milliseconds: number; readonly trial: string };
  /** Untyped errors, cut pixels, and what took more than two seconds, each with its trial. */
  readonly faults: readonly string[];
}

const MOST_MILLISECONDS = 2000;

/** Slices that are read of each stack that opens: the first and the last ones. */
const MOST_READ = 12;

/** Numbers that break things: ends of ranges, and small counts. */
const NUMBERS = [0, 1, 2, 3, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** Texts that stand in metadata, by which others are replaced. */
const WORDS = [
  "0",
  "-1",
  "1e9",
  "99999999999999999999",
  "NaN",
  "3",
  "Z",
  "XYTZC",
  "true",
  "",
  "é",
  '"',
];

/**
 * Changes stacks of every kind that is read, `trials` times from a seed on, and reads what comes
 * out. A file that was only cut must not give a slice that the whole file does not have.
 */
export async function fuzz(
  trials: number,
  { seed = 1, from = 0 }: { readonly seed?: number; readonly from?: number } = {},
): Promise<FuzzReport> {
  const kinds = Object.entries(await fuzzFiles());
  const whole = new Map<string, ReadonlySet<string>>();
  const faults: string[] = [];
  let [refused, read] = [0, 0];
  let slowest = { milliseconds: 0, trial: "" };
  for (let trial = from; trial < from + trials; trial++) {
    const [kind, folder] = kinds[trial % kinds.length];
    const random = generator(seed * 1_000_003 + trial);
    const names = Object.keys(folder);
    const name = names[random(names.length)];
    const { bytes, how } = mutate(folder[name], random);
    const what = `trial ${trial}: ${kind}/${name}, ${how}`;
    const changed = { ...folder, [name]: bytes };
    const start = performance.now();
    try {
      const slices = await readSome(source(changed, names[0]));
      read++;
      if (how.startsWith("cut")) {
        const known = whole.get(kind) ??
          new Set(await readSome(source(folder, names[0]), Infinity));
        whole.set(kind, known);
        const strange = slices.find((slice) => !known.has(slice));
        if (strange !== undefined) faults.push(`${what}: a slice that the whole file has not`);
      }
    } catch (error) {
      refused++;
      if (!(error instanceof InputError)) faults.push(`${what}: ${(error as Error).stack}`);
    }
    const milliseconds = performance.now() - start;
    if (milliseconds > MOST_MILLISECONDS) faults.push(`${what}: ${milliseconds} ms`);
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, trial: what };
  }
  return { trials, refused, read, slowest, faults };
}

/** The slices of a stack as texts to compare. */
async function readSome(file: ByteSource, most = MOST_READ): Promise<string[]> {
  const { info: { sizes: { t, c, z } }, readSlice } = await openStack(file);
  const count = t * c * z;
  const numbers = count <= most
    ? Array.from({ length: count }, (_, i) => i)
    : Array.from({ length: most }, (_, i) => i < most / 2 ? i : count - most + i);
  const slices: string[] = [];
  for (const number of numbers) {
    const slice = await readSlice(
      Math.floor(number / (c * z)),
      number % c,
      Math.floor(number / c) % z,
    );
    slices.push(new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength).toHex());
  }
  return slices;
}

function source(
  folder: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  name: string,
): ByteSource {
  return {
    ...bytesSource(folder[name], name),
    sibling: (other) => Promise.resolve(other in folder ? source(folder, other) : undefined),
  };
}

function mutate(original: Uint8Array<ArrayBuffer>, random: (below: number) => number) {
  if (random(5) === 0) {
    const length = random(original.length);
    return { bytes: original.slice(0, length), how: `cut at ${length} of ${original.length}` };
  }
  let bytes = original.slice();
  const done: string[] = [];
  for (let change = random(4); change >= 0; change--) {
    // The first kilobyte holds most of what is read before pixels.
    const at = random(random(2) === 0 ? Math.min(1024, bytes.length) : bytes.length);
    const kind = random(5);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) bytes[at] ^= 1 << random(8);
    else if (kind === 2 && at + 4 <= bytes.length) {
      new DataView(bytes.buffer).setUint32(at, NUMBERS[random(NUMBERS.length)], random(2) === 0);
    } else if (kind === 3) bytes = replaceWord(bytes, random);
    else bytes.copyWithin(at, random(bytes.length), random(bytes.length));
    done.push(`${["byte", "bit", "number", "word", "copy"][kind]} at ${at}`);
  }
  return { bytes, how: done.join(", ") };
}

/** Puts another text where a number or name stands in the metadata. */
function replaceWord(bytes: Uint8Array<ArrayBuffer>, random: (below: number) => number) {
  const text = new TextDecoder("latin1").decode(bytes);
  const words = [...text.matchAll(/[=":, ]([A-Za-z0-9.-]{1,12})(?=[",\n<\] ])/g)];
  if (words.length === 0) return bytes;
  const word = words[random(words.length)];
  const other = new TextEncoder().encode(WORDS[random(WORDS.length)]);
  const changed = bytes.slice();
  // Of the same length, so that all offsets stay.
  for (let i = 0; i < word[1].length; i++) changed[word.index + 1 + i] = other[i] ?? 0x20;
  return changed;
}

function generator(seed: number) {
  let state = seed | 0;
  return (below: number) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}
