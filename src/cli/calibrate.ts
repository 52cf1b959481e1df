import { Command } from "commander";
import { basename, dirname, resolve } from "node:path";
import {
  InputError,
  type LearningStack,
  learningStacks,
  learnMap,
  leaveGroupsOut,
  NetworkInterpolator,
  normalizerFor,
  option,
  phrase,
  planPrediction,
  readModel,
  teaches,
  withMap,
  withoutAlpha,
  writeModel,
} from "../core.ts";
import { readWhole, writeWhole } from "../files/local_files.ts";
import { modelPath } from "../files/named_models.ts";
import { expandInputs } from "../files/stack_inputs.ts";
import { openStackPath, pathOf, type StackPath } from "../files/stack_path.ts";
import { readingOf, type StackReading } from "../options/stack_input.ts";
import type { OptionsOf } from "../options/table.ts";
import { CALIBRATE } from "../options/tools.ts";
import { openTunedDevice } from "./devices.ts";
import { addFlags } from "./flags.ts";
import { interruption, ProgressDisplay, say } from "./terminal.ts";

type Flags = OptionsOf<typeof CALIBRATE>;

/** Fewer sources make a map that harms: 12 dB were lost with one, see docs/calibration.md. */
const LEAST_FOLDERS = 5;

export function calibrateCommand(): Command {
  const command = new Command("calibrate")
    .summary("learn a model's calibration map")
    .description(
      "Learns on stacks that the network was not trained on how its answers are best weighed,\n" +
        "and writes the model with that map. Stacks of one folder count as alike: the score of\n" +
        "each folder is that of a map learnt without it.",
    );
  return addFlags(command, CALIBRATE).action(run);
}

async function run({ model: named, train, output, f16, ...flags }: Flags): Promise<void> {
  if (!output.endsWith(".safetensors")) {
    throw new InputError(`Models are written as .safetensors only, not as ${output}.`);
  }
  const inputs = await expandInputs(train, flags.sequence);
  requireFolders(new Set(inputs.map(folderOf)).size);
  const path = await modelPath(named);
  const model = readModel(await readWhole(path), basename(path));
  for (const note of model.notes) say(`Note: ${note}`);
  const { device, setup } = await openTunedDevice(flags);
  const { signal, release } = interruption();
  try {
    const network = new NetworkInterpolator(device, model, setup.precision);
    const stacks: LearningStack[] = [];
    for (const input of inputs) {
      const found = (await measure(input, network, readingOf(flags), signal)).filter(teaches);
      if (found.length === 0) {
        say(`Note: ${pathOf(input)} teaches nothing: it is too short, or still.`);
      }
      stacks.push(...found);
    }
    requireFolders(new Set(stacks.map(({ group }) => group)).size);
    console.log(scoresOf(stacks));
    const metadata = withMap(model.metadata, learnMap(stacks));
    const bytes = writeModel({ ...model, metadata }, { storage: f16 ? "F16" : "F32" });
    await writeWhole(output, bytes);
    console.log(`${output}: ${model.variant} with a map learnt on ${stacks.length} stacks.`);
  } finally {
    release();
    device.close();
  }
}

function folderOf(path: StackPath): string {
  return dirname(resolve(pathOf(path)));
}

function requireFolders(count: number): void {
  if (count >= LEAST_FOLDERS) return;
  throw new InputError(
    phrase`${option("train")} names stacks that can teach in ${count} folder${
      count === 1 ? "" : "s"
    }; a map needs ${LEAST_FOLDERS} at least, each of a source of its own, or it harms.`,
  );
}

async function measure(
  path: StackPath,
  interpolator: NetworkInterpolator,
  reading: StackReading,
  signal: AbortSignal,
): Promise<LearningStack[]> {
  const stack = await openStackPath(path, { ...reading, signal });
  const display = new ProgressDisplay(basename(pathOf(path)));
  try {
    const reader = withoutAlpha(stack.reader);
    if (reader.info.sizes.z < 2) return [];
    const normalizer = await normalizerFor(reader, { signal });
    const plan = planPrediction(reader.info, interpolator, { calibration: "off" });
    return await learningStacks(reader, {
      group: folderOf(path),
      normalizer,
      signal,
      network: { interpolator, plan },
      onProgress: (done) => display.tell(`${done} slices measured`),
    });
  } finally {
    display.end();
    stack.close();
  }
}

/** What maps gain that were learnt without each stack's folder, as a table. */
function scoresOf(stacks: readonly LearningStack[]): string {
  const scored = leaveGroupsOut(stacks).map(({ stack, gains }) => ({
    name: `${basename(stack.group)}/${stack.name}`,
    values: [gains.network ?? NaN, gains.adaptive, gains.calibrated],
  }));
  const column = (i: number) => scored.map(({ values }) => values[i]);
  const over = (of: (values: number[]) => number) => [0, 1, 2].map((i) => of(column(i)));
  const rows = [
    ...scored,
    { name: "mean", values: over((all) => all.reduce((a, b) => a + b) / all.length) },
    { name: "worst", values: over((all) => Math.min(...all)) },
  ];
  const width = Math.max(...rows.map(({ name }) => name.length));
  const cells = (values: readonly string[]) => values.map((cell) => cell.padStart(10)).join("  ");
  return [
    "Gain in dB over the better of linear and cubic, by a map learnt without the stack's folder:",
    `${"".padEnd(width)}  ${cells(["network", "adaptive", "calibrated"])}`,
    ...rows.map(({ name, values }) =>
      `${name.padEnd(width)}  ${cells(values.map((v) => `${v < 0 ? "" : "+"}${v.toFixed(2)}`))}`
    ),
  ].join("\n");
}
