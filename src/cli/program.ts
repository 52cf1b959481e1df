import type { Command } from "commander";
import { join } from "node:path";
import { settleDriver } from "../files/choose_adapter.ts";
import { failureOf } from "./failures.ts";
import { say } from "./terminal.ts";

/** Runs a program with arguments, those of this process by default, and sets its exit code. */
export async function runProgram(program: Command, args = Deno.args): Promise<void> {
  throwOnExit(program);
  returnToCaller();
  settleDriver();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const { code, message } = failureOf(error);
    if (message !== undefined) say(message);
    Deno.exitCode = code;
  }
}

/** `deno task` runs in the checkout, but relative paths are those of who called it. */
function returnToCaller(): void {
  const { dirname } = import.meta;
  const caller = Deno.env.get("INIT_CWD");
  if (!dirname || !caller || join(dirname, "../..") !== Deno.cwd()) return;
  Deno.chdir(caller);
}

function throwOnExit(command: Command): void {
  command.exitOverride().showHelpAfterError("(add --help for the flags)");
  command.commands.forEach(throwOnExit);
}
