import type { StackReader } from "../core.ts";
import type { ComparedStack } from "../options/special_kinds.ts";
import { type OpenStackPath, openStackPath } from "../files/stack_path.ts";

/** Opens the stacks by their names. */
export async function openCompared(stacks: readonly ComparedStack[], signal: AbortSignal) {
  const opened: OpenStackPath[] = [];
  const close = () => opened.forEach((stack) => stack.close());
  try {
    const readers: Record<string, StackReader> = {};
    for (const { name, path } of stacks) {
      const stack = await openStackPath(path, { signal });
      opened.push(stack);
      readers[name] = stack.reader;
    }
    return { readers, close };
  } catch (error) {
    close();
    throw error;
  }
}
