import { InputError, type StackInfo, type StackOptions } from "../core.ts";
import { openStackPath, type StackPath } from "./stack_path.ts";

/** What a stack says of itself; undefined where there is none, or one that is damaged. */
export async function stackInfo(
  path: StackPath,
  options?: StackOptions,
): Promise<StackInfo | undefined> {
  try {
    const { reader: { info }, close } = await openStackPath(path, options);
    close();
    return info;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Whether this program predicted a stack, by what the stack says of itself. */
export function isOurs({ extras = {} }: StackInfo): boolean {
  return extras["zaugnet.version"] !== undefined;
}
