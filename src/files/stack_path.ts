import { basename, dirname, resolve } from "node:path";
import {
  openSequence,
  openStack,
  sequenceDigest,
  type SequenceFile,
  type StackDigest,
  stackDigest,
  type StackOptions,
  type StackReader,
} from "../core.ts";
import { openFile } from "./local_files.ts";

/** A stack's file, or the files of a sequence, of one slice each. */
export type StackPath = string | readonly string[];

/** A stack that is open for reading. */
export interface OpenStackPath {
  readonly reader: StackReader;
  /** Of its file, or of all files. */
  readonly bytes: number;
  /** Digests its values; throws as `stackDigest` does. */
  digest(): Promise<StackDigest>;
  close(): void;
}

/** What a stack is called: by its file, a sequence by the folder of its first one. */
export function pathOf(path: StackPath): string {
  return typeof path === "string" ? path : dirname(resolve(path[0]));
}

/** Opens a stack. Throws as `openFile`, `openStack` and `openSequence` do. */
export async function openStackPath(
  path: StackPath,
  options: StackOptions = {},
): Promise<OpenStackPath> {
  if (typeof path !== "string") {
    const files = path.map((name): SequenceFile => ({ name, open: () => openFile(name) }));
    const name = basename(pathOf(path));
    return {
      reader: await openSequence(name, files, options),
      bytes: await bytesOfFiles(path),
      digest: () => sequenceDigest(name, files, options),
      close: () => {},
    };
  }
  const source = await openFile(path);
  try {
    return {
      reader: await openStack(source, options),
      bytes: source.size,
      digest: () => stackDigest(source, options),
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

async function bytesOfFiles(paths: readonly string[]): Promise<number> {
  const stats = await Promise.all(paths.map((path) => Deno.stat(path)));
  return stats.reduce((sum, { size }) => sum + size, 0);
}
