import { Command, CommanderError } from "commander";
import { GpuOutOfMemoryError, InputError, TensorTooLargeError } from "../../mod.ts";
import deno from "../../deno.json" with { type: "json" };
import { adaptersCommand } from "./adapters.ts";
import { convertCommand } from "./convert.ts";
import { settleDriver } from "./devices.ts";
import { infoCommand } from "./info.ts";
import { predictCommand } from "./predict.ts";
import { InterruptedError, say } from "./terminal.ts";

const program = new Command("zaugnet")
  .description("Predicts the z-slices that a microscope did not take, on any GPU (WebGPU).")
  .version(deno.version)
  .showHelpAfterError("(add --help for the flags)");
for (const command of [predictCommand(), infoCommand(), adaptersCommand(), convertCommand()]) {
  program.addCommand(command);
}
for (const command of [program, ...program.commands]) command.exitOverride();

settleDriver();
try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  Deno.exitCode = exitCode(error);
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
