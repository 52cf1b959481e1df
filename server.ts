// Serves predictions and trainings over HTTP, with a page for the browser: `zaugnet serve`, from a
// checkout. `deno task serve --help` lists the flags.
import { zaugnetProgram } from "./src/cli/commands.ts";
import { runProgram } from "./src/cli/program.ts";

await runProgram(zaugnetProgram(), ["serve", ...Deno.args]);
