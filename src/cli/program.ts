import { type Command, CommanderError } from "commander";
import { GpuOutOfMemoryError, InputError, TensorTooLargeError } from "../../mod.ts";
import { settleDriver } from "./devices.ts";
import { InterruptedError, say } from "./terminal.ts";

/** Runs a program with the arguments of this process and sets its exit code. */
export async function runProgram(program: Command): Promise<void> {
  program.showHelpAfterError("(add --help for the flags)");
  for (const command of [program, ...program.commands]) command.exitOverride();
  settleDriver();
  try {
    await program.parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    Deno.exitCode = exitCode(error);
  }
}

/** 2: what the user gave is wrong; 130: interrupted; 1: a fault of ours or of the machine. */
function exitCode(error: unknown): number {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof InterruptedError) {
    say(error.message);
    return 130;
  }
  if (error instanceof InputError) {
    say(`error: ${error.message}`);
    return 2;
  }
  const known = error instanceof GpuOutOfMemoryError || error instanceof TensorTooLargeError;
  const { message, stack } = error as Error;
  say(known ? `error: ${message}` : `error: ${stack ?? message}`);
  return 1;
}
