import { Command } from "commander";
import { SERVE } from "../options/serve.ts";
import { addFlags } from "./flags.ts";

/** The flags of `deno task serve`, whose launcher says what is done with them. */
export function serveCommand(): Command {
  const command = new Command("serve")
    .description("Serves predictions and trainings over HTTP, with a page for the browser.");
  return addFlags(command, SERVE);
}
