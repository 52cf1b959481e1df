import { Command } from "commander";
import { InputError } from "../core.ts";
import { mergeParts } from "../files/merge.ts";
import type { OptionsOf } from "../options/table.ts";
import { MERGE } from "../options/tools.ts";
import { addFlags } from "./flags.ts";
import { outputPaths } from "./outputs.ts";
import { interruption, say } from "./terminal.ts";

export function mergeCommand(): Command {
  const command = new Command("merge")
    .summary("join the parts that `predict --shard` wrote")
    .description(
      "Joins the parts of one stack into the stack that one run would have written, byte for " +
        "byte. It refuses parts that are missing, unfinished, or made from another stack or in " +
        "another way than the others.",
    )
    .argument("<folder...>", "where the parts lie");
  return addFlags(command, MERGE).action(run);
}

async function run(
  folders: string[],
  { output, json }: OptionsOf<typeof MERGE>,
): Promise<void> {
  const [path] = await outputPaths(folders.slice(0, 1), output);
  if (path !== output) throw new InputError(`--output ${output} must be a .tif or an .ome.tif.`);
  const { signal, release } = interruption();
  try {
    const report = await mergeParts(folders, output, signal);
    for (const note of report.notes) say(`Note: ${note}`);
    if (json) return console.log(JSON.stringify(report));
    const { t, c, z, y, x } = report.sizes;
    console.log(
      `${output}: ${report.parts} parts, ${x} x ${y} x ${z} (${c} channels, ${t} frames).`,
    );
  } finally {
    release();
  }
}
