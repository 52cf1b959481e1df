import type { Command } from "commander";
import { settleDriver } from "../files/choose_adapter.ts";
import { failureOf } from "./failures.ts";
import { say } from "./terminal.ts";

/** Runs a program with arguments, those of this process by default, and sets its exit code. */
export async function runProgram(program: Command, args = Deno.args): Promise<void> {
  throwOnExit(program);
  settleDriver();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const { code, message } = failureOf(error);
    if (message !== undefined) say(message);
    Deno.exitCode = code;
  }
}

function throwOnExit(command: Command): void {
  command.exitOverride().showHelpAfterError("(add --help for the flags)");
  command.commands.forEach(throwOnExit);
}
