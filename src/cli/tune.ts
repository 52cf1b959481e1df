import { Command } from "commander";
import {
  type AdapterInfo,
  convolutionTimer,
  Device,
  InputError,
  networkConvolutions,
  timePasses,
  tuneConvolution,
  type TunedConvolution,
} from "../core.ts";
import { chooseAdapter } from "../files/choose_adapter.ts";
import {
  forgetTuning,
  halvesAreFaster,
  improved,
  keepTuning,
  kernelChoices,
  readTuning,
  type Tuning,
  tuningFile,
} from "../files/tuning.ts";
import { sayAdapters } from "./devices.ts";
import type { OptionsOf } from "../options/table.ts";
import { TUNE } from "../options/tools.ts";
import { addFlags } from "./flags.ts";
import { InterruptedError, interruption, ProgressDisplay, say } from "./terminal.ts";

type Flags = OptionsOf<typeof TUNE>;

/** Pixels of the images that a kernel is timed with: what fills a GPU, and what a CPU does soon. */
const PIXELS = { gpu: 16 * 256 ** 2, software: 256 ** 2 };
/** Small images are as many at most. */
const MOST_IMAGES = 16;

export function tuneCommand(): Command {
  const command = new Command("tune")
    .summary("measure which kernels are the fastest on an adapter")
    .description(
      "Times the kernels that compute the networks' convolutions, and keeps in the user's cache " +
        "folder which are clearly faster than those usually taken, and whether half precision is. " +
        "`predict`, `evaluate` and the server use the choice; trainings and shards do not " +
        "(docs/performance.md).",
    );
  return addFlags(command, TUNE).action(run);
}

async function run({ adapter: wanted, tile, show, forget, json }: Flags): Promise<void> {
  const adapter = await chooseAdapter(wanted);
  const path = tuningFile(adapter);
  if (path === undefined) {
    throw new InputError("There is no cache folder: set HOME or XDG_CACHE_HOME.");
  }
  if (forget) {
    const there = await forgetTuning(path);
    return say(there ? `${path} was removed.` : `There is no tuning of ${adapter.name}.`);
  }
  const before = await readTuning(adapter, say);
  if (show && !before) {
    throw new InputError(`${adapter.name} was not tuned: zaugnet tune measures.`);
  }
  const tuning = show ? before! : await tune(adapter, tile, path, before);
  if (json) return console.log(JSON.stringify(tuning, null, 1));
  print(tuning, path);
}

async function tune(
  adapter: AdapterInfo,
  tile: number,
  path: string,
  before?: Tuning,
): Promise<Tuning> {
  if (!adapter.features.includes("timestamp-query")) {
    throw new InputError(`${adapter.name} has no timestamp queries, so kernels can't be timed.`);
  }
  sayAdapters([adapter]);
  const device = await Device.open(adapter);
  const { signal, release } = interruption();
  const display = new ProgressDisplay(adapter.name);
  try {
    const images = Math.min(MOST_IMAGES, Math.ceil(PIXELS[adapter.type] / tile ** 2));
    const timer = convolutionTimer(device, images);
    const geometries = networkConvolutions(device, tile);
    const convolutions: TunedConvolution[] = [];
    for (const geometry of geometries) {
      if (signal.aborted) throw new InterruptedError("Interrupted: nothing was kept.");
      display.tell(`${convolutions.length} of ${geometries.length} convolutions`);
      convolutions.push(await tuneConvolution(device, geometry, timer));
    }
    display.tell("a pass in each precision");
    device.kernelChoices = kernelChoices({ convolutions });
    // In software, halves are widened as they are read: they save memory, not time.
    const passes = adapter.type === "gpu" && adapter.features.includes("shader-f16")
      ? await timePasses(device, images, tile)
      : undefined;
    return await keepTuning(path, adapter, { tiles: [tile], convolutions, passes }, before);
  } finally {
    display.end();
    release();
    device.close();
  }
}

function print(tuning: Tuning, path: string): void {
  const better = improved(tuning);
  for (const { name, rule, kernel, milliseconds } of better) {
    const [ours, rules] = [kernel, rule].map((one) => shown(milliseconds[one]!));
    console.log(`${name}: ${kernel} ${ours}, by rule ${rule} ${rules}`);
  }
  const together = (of: "rule" | "kernel") =>
    shown(tuning.convolutions.reduce((sum, c) => sum + c.milliseconds[c[of]]!, 0));
  console.log(
    `${better.length} of ${tuning.convolutions.length} convolutions (tiles of ` +
      `${tuning.tiles.join(", ")}) are clearly faster with another kernel than by rule: ` +
      `${together("kernel")} together instead of ${together("rule")}.`,
  );
  const { passes } = tuning;
  if (passes) {
    console.log(
      `Features in half precision: ${shown(passes.f16)} a pass instead of ${shown(passes.f32)}; ` +
        `--precision auto takes ${halvesAreFaster(tuning) ? "f16" : "f32"}.`,
    );
  }
  console.log(`Kept since ${tuning.date.slice(0, 10)} in ${path}.`);
}

function shown(milliseconds: number): string {
  return `${milliseconds.toPrecision(3)} ms`;
}
