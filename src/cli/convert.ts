import { Command } from "commander";
import { basename, resolve } from "node:path";
import { InputError, readModel, withoutTeacher, writeModel } from "../core.ts";
import { readWhole, writeWhole } from "../files/local_files.ts";
import { modelPath } from "../files/named_models.ts";
import { formatBytes } from "../files/quantities.ts";
import type { OptionsOf } from "../options/table.ts";
import { CONVERT } from "../options/tools.ts";
import { addFlags } from "./flags.ts";
import { say } from "./terminal.ts";

type Flags = OptionsOf<typeof CONVERT>;

export function convertCommand(): Command {
  const command = new Command("convert")
    .summary("turn a checkpoint into safetensors")
    .description("Turns a checkpoint (.pt or .safetensors) into a safetensors file.")
    .argument("<model>")
    .argument("<output>", "a .safetensors file");
  return addFlags(command, CONVERT)
    .action(async (input: string, output: string, { f16, teacher, weights }: Flags) => {
      if (!output.endsWith(".safetensors")) {
        throw new InputError(`Models are written as .safetensors only, not as ${output}.`);
      }
      const path = await modelPath(input);
      if (resolve(path) === resolve(output)) {
        throw new InputError(`The output ${output} would replace the input.`);
      }
      const model = readModel(await readWhole(path), basename(path), { weights });
      for (const note of model.notes) say(`Note: ${note}`);
      const kept = teacher ? model : withoutTeacher(model);
      const bytes = writeModel(kept, { storage: f16 ? "F16" : "F32" });
      await writeWhole(output, bytes);
      console.log(`${output}: ${kept.variant}, ${formatBytes(bytes.length)}.`);
    });
}
