import { Command } from "commander";
import { basename, extname } from "node:path";
import { InputError, readModel } from "../core.ts";
import { BUNDLED_MODELS, type BundledModel } from "../files/bundled_models.ts";
import { readWhole } from "../files/local_files.ts";
import { addOwnModel, type OwnModel, ownModels, ownModelsFolder } from "../files/named_models.ts";
import { formatBytes } from "../files/quantities.ts";
import type { OptionsOf } from "../options/table.ts";
import { MODELS, MODELS_ADD } from "../options/tools.ts";
import { addFlags } from "./flags.ts";

export function modelsCommand(): Command {
  const command = new Command("models")
    .summary("list the models that go by name")
    .description(
      "Lists the models that go by name wherever a model is taken: those that come with the " +
        "program, and those of your own folder.",
    );
  addFlags(command, MODELS).action(list);
  const add = new Command("add")
    .summary("keep a model under a name")
    .description("Keeps a copy of a checkpoint (.pt, .safetensors) in your own folder of models.")
    .argument("<file>");
  return command.addCommand(
    addFlags(add, MODELS_ADD).action(
      async (
        file: string,
        { name = basename(file, extname(file)) }: OptionsOf<typeof MODELS_ADD>,
      ) => {
        console.log(`${name} is kept as ${await addOwnModel(file, name)}.`);
      },
    ),
  );
}

async function list({ json }: OptionsOf<typeof MODELS>): Promise<void> {
  const own = await Promise.all((await ownModels()).map(describeOwn));
  if (json) {
    const facts = {
      models: [...BUNDLED_MODELS.map(bundledFacts), ...own],
      folder: ownModelsFolder(),
    };
    return console.log(JSON.stringify(facts, null, 1));
  }
  for (const model of BUNDLED_MODELS) console.log(`${linesOf(model).join("\n  ")}\n`);
  for (const { name, path, ...facts } of own) {
    const said = "problem" in facts
      ? facts.problem
      : `${facts.variant}, ${formatBytes(facts.bytes)}`;
    console.log(`${name}: ${said}\n  ${path}\n`);
  }
  const folder = ownModelsFolder();
  if (own.length === 0 && folder) console.log(`None of your own in ${folder}.`);
}

function bundledFacts(model: BundledModel) {
  return { ...model, bundled: true };
}

function linesOf({ name, variant, about, bytes, licence, trainedOn, gains, path }: BundledModel) {
  const scores = Object.entries(gains)
    .map(([stack, gain]) => `${stack} ${gain < 0 ? "" : "+"}${gain.toFixed(2)}`);
  return [
    `${name}: ${about}`,
    `${variant}, ${formatBytes(bytes)}, licence ${licence}`,
    `trained on ${trainedOn.join("; ")}`,
    `dB over linear and cubic interpolation on held-out slices: ${scores.join(", ")}`,
    path,
  ];
}

/** What a model of the user's own is, or what is wrong with it. */
async function describeOwn({ name, path }: OwnModel) {
  try {
    const bytes = await readWhole(path);
    const { variant } = readModel(bytes, basename(path));
    return { name, path, bundled: false, variant, bytes: bytes.length };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { name, path, bundled: false, problem: error.message };
  }
}
