import { InvalidArgumentError } from "commander";
import { BASELINES, openStack, type StackReader } from "../core.ts";
import { type FileSource, openFile } from "../files/local_files.ts";

/** A stack of another program, and what its method is called. */
export interface ComparedStack {
  readonly name: string;
  readonly path: string;
}

const TAKEN: readonly string[] = [...BASELINES, "flow", "network"];

/** "CAFI=results/cafi.tif", added to those before. */
export function comparedStack(text: string, before: readonly ComparedStack[]): ComparedStack[] {
  const match = text.match(/^([A-Za-z][\w.+-]*)=(.+)$/);
  if (!match) {
    throw new InvalidArgumentError("It must be a name (a letter first) and a stack: cafi=FILE.");
  }
  const [, name, path] = match;
  if (TAKEN.includes(name) || before.some((other) => other.name === name)) {
    throw new InvalidArgumentError(`The name "${name}" is taken; choose another.`);
  }
  return [...before, { name, path }];
}

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
