import {
  openSequence,
  openStack,
  type SequenceFile,
  type StackInfo,
  type StackReader,
} from "../core.ts";
import { openFile } from "../files/local_files.ts";
import type { StackReading } from "../options/stack_input.ts";
import { PayloadTooLarge } from "./received_file.ts";

/** How a job reads what is sent for it. */
export interface InputReading {
  readonly reading: StackReading;
  readonly sequence?: boolean;
  /** Slices that a file lacks are to be filled. */
  readonly withMissing?: boolean;
}

/** Milliseconds for which a stack is read without a pause for others. */
const SLICE_OF_TIME = 20;

/** Reads an upload to its end, each slice once. Throws an InputError for what is no whole stack. */
export async function checkStack(
  path: string,
  { reading, withMissing }: InputReading,
  mostSamples: number,
): Promise<StackInfo> {
  const source = await openFile(path);
  try {
    // A file name of ours means nothing to a client, and no stack is made of several files here.
    const file = {
      name: "the stack",
      size: source.size,
      read: (offset: number, length: number) => source.read(offset, length),
    };
    return await readThrough(await openStack(file, { ...reading, withMissing }), mostSamples);
  } finally {
    source.close();
  }
}

/** As {@link checkStack} does, of the files of a sequence. */
export async function checkSequence(
  files: readonly SequenceFile[],
  { reading }: InputReading,
  mostSamples: number,
): Promise<StackInfo> {
  return await readThrough(await openSequence("the stack", files, reading), mostSamples);
}

async function readThrough(
  { info, readSlice }: StackReader,
  mostSamples: number,
): Promise<StackInfo> {
  const { t: frames, c: channels, z: depth, y, x } = info.sizes;
  const samples = frames * channels * depth * y * x;
  if (samples > mostSamples) {
    throw new PayloadTooLarge(
      `The stack has ${samples} samples; this service takes ${mostSamples}.`,
    );
  }
  const missing = new Set(info.missing?.map(({ t, c, z }) => `${t},${c},${z}`));
  let since = performance.now();
  for (let i = 0; i < frames * channels * depth; i++) {
    const t = Math.floor(i / (channels * depth));
    const [c, z] = [Math.floor(i / depth) % channels, i % depth];
    if (!missing.has(`${t},${c},${z}`)) await readSlice(t, c, z);
    if (performance.now() - since < SLICE_OF_TIME) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
  return info;
}
