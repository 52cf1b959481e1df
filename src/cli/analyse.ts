import { Command } from "commander";
import { lengthsCommand } from "./analyse_lengths.ts";
import { roughnessCommand } from "./analyse_roughness.ts";
import { volumesCommand } from "./analyse_volumes.ts";

export function analyseCommand(): Command {
  return new Command("analyse")
    .summary("measure segmented stacks: volumes, roughness, lengths")
    .description(
      "The measurements by which the paper judges its slices; docs/analysis.md defines them.",
    )
    .addCommand(volumesCommand())
    .addCommand(roughnessCommand())
    .addCommand(lengthsCommand());
}
