import { InputError, openStack, type StackInfo } from "../core.ts";
import { openFile } from "./local_files.ts";

/** What a stack says of itself; undefined where there is none, or one that is damaged. */
export async function stackInfo(path: string): Promise<StackInfo | undefined> {
  try {
    const source = await openFile(path);
    try {
      return (await openStack(source)).info;
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Whether this program predicted a stack, by what the stack says of itself. */
export function isOurs({ extras = {} }: StackInfo): boolean {
  return extras["zaugnet.version"] !== undefined;
}
