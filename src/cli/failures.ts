import { CommanderError } from "commander";
import { GpuOutOfMemoryError, InputError, TensorTooLargeError } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import { InterruptedError } from "./terminal.ts";

/** How a command ended that did not succeed. */
export interface Failure {
  /** 2: what the user gave is wrong; 130: interrupted; 1: our fault or the machine's. */
  readonly code: number;
  /** What to tell the user; undefined where it is said already. */
  readonly message?: string;
}

/** Tells faults of the input, in one sentence, from our own, with the place in the program. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof InterruptedError) return { code: 130, message: error.message };
  const { message, stack } = error as Error;
  if (error instanceof InputError) return { code: 2, message: `error: ${error.render(FLAGS)}` };
  const known = error instanceof GpuOutOfMemoryError || error instanceof TensorTooLargeError;
  return { code: 1, message: `error: ${known ? message : stack ?? message}` };
}

/** What an error says, in the command line's words. */
export function sentenceOf(error: unknown): string {
  return error instanceof InputError ? error.render(FLAGS) : (error as Error).message;
}
