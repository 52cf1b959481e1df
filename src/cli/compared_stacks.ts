import { openStack, type StackReader } from "../core.ts";
import type { ComparedStack } from "../options/special_kinds.ts";
import { type FileSource, openFile } from "../files/local_files.ts";

/** Opens the stacks by their names. */
export async function openCompared(stacks: readonly ComparedStack[], signal: AbortSignal) {
  const sources: FileSource[] = [];
  const close = () => sources.forEach((source) => source.close());
  try {
    const readers: Record<string, StackReader> = {};
    for (const { name, path } of stacks) {
      const source = await openFile(path);
      sources.push(source);
      readers[name] = await openStack(source, { signal });
    }
    return { readers, close };
  } catch (error) {
    close();
    throw error;
  }
}
