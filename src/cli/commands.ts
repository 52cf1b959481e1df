import { Command } from "commander";
import deno from "../../deno.json" with { type: "json" };
import { adaptersCommand } from "./adapters.ts";
import { analyseCommand } from "./analyse.ts";
import { calibrateCommand } from "./calibrate.ts";
import { checkCommand } from "./check.ts";
import { convertCommand } from "./convert.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { evaluateCommand } from "./evaluate.ts";
import { infoCommand } from "./info.ts";
import { mergeCommand } from "./merge.ts";
import { modelsCommand } from "./models.ts";
import { predictCommand } from "./predict.ts";
import { serveCommand } from "./serve.ts";
import { trainCommand } from "./train.ts";
import { tuneCommand } from "./tune.ts";
import { workerCommand } from "./worker.ts";

/** The command line, with all its commands. */
export function zaugnetProgram(): Command {
  const program = new Command("zaugnet")
    .description("Predicts the z-slices that a microscope did not take, on any GPU (WebGPU).")
    .version(`zaugnet ${deno.version} (Deno ${Deno.version.deno})`);
  const commands = [
    predictCommand(),
    mergeCommand(),
    checkCommand(),
    evaluateCommand(),
    analyseCommand(),
    trainCommand(),
    calibrateCommand(),
    infoCommand(),
    adaptersCommand(),
    demoCommand(),
    doctorCommand(),
    tuneCommand(),
    modelsCommand(),
    convertCommand(),
    serveCommand(),
    workerCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}
