import { openSequence, openStack, type StackInfo, type StackReader } from "../core.ts";
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

/** How a stack is checked. */
export interface InputCheck {
  readonly how: InputReading;
  /** Samples that it may have. */
  readonly mostSamples: number;
}

/** A stack of one file. */
export interface StackCheck extends InputCheck {
  readonly path: string;
}

/** A stack of a sequence's files, and what the client calls them. */
export interface SequenceCheck extends InputCheck {
  readonly files: readonly { readonly name: string; readonly path: string }[];
}

/** Is called with each slice that was read. */
type OnSlice = (index: number) => void;

/** Reads an upload to its end, each slice once. Throws an InputError for what is no whole stack. */
export async function checkStack(
  { path, how: { reading, withMissing }, mostSamples }: StackCheck,
  onSlice: OnSlice,
): Promise<StackInfo> {
  const source = await openFile(path);
  try {
    // A file name of ours means nothing to a client, and no stack is made of several files here.
    const file = {
      name: "the stack",
      size: source.size,
      read: (offset: number, length: number) => source.read(offset, length),
    };
    const reader = await openStack(file, { ...reading, withMissing });
    return await readThrough(reader, mostSamples, onSlice);
  } finally {
    source.close();
  }
}

/** As {@link checkStack} does, of the files of a sequence. */
export async function checkSequence(
  { files, how: { reading }, mostSamples }: SequenceCheck,
  onSlice: OnSlice,
): Promise<StackInfo> {
  const opened = files.map(({ name, path }) => ({ name, open: () => openFile(path) }));
  return await readThrough(await openSequence("the stack", opened, reading), mostSamples, onSlice);
}

async function readThrough(
  { info, readSlice }: StackReader,
  mostSamples: number,
  onSlice: OnSlice,
): Promise<StackInfo> {
  const { t: frames, c: channels, z: depth, y, x } = info.sizes;
  const samples = frames * channels * depth * y * x;
  if (samples > mostSamples) {
    throw new PayloadTooLarge(
      `The stack has ${samples} samples; this service takes ${mostSamples}.`,
    );
  }
  const missing = new Set(info.missing?.map(({ t, c, z }) => `${t},${c},${z}`));
  for (let i = 0; i < frames * channels * depth; i++) {
    const t = Math.floor(i / (channels * depth));
    const [c, z] = [Math.floor(i / depth) % channels, i % depth];
    if (!missing.has(`${t},${c},${z}`)) await readSlice(t, c, z);
    onSlice(i);
  }
  return info;
}
