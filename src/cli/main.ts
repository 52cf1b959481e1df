import { zaugnetProgram } from "./commands.ts";
import { runProgram } from "./program.ts";

await runProgram(zaugnetProgram());
