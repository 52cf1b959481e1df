import {
  type AdapterInfo,
  Device,
  type Format,
  InputError,
  type Model,
  NetworkInterpolator,
  type Predictor,
} from "../core.ts";
import { type Card, fleetCards, type ModelFile, openFleet } from "../fleet/mod.ts";
import { chooseAdapter, openableCard } from "../files/choose_adapter.ts";
import type { Shard } from "../files/shard.ts";
import { type PredictionSetup, tunedCards, tunedSetup, untunedSetup } from "../files/tuning.ts";
import type { ADAPTER, FLEET, MEMORY, PRECISION } from "../options/machine.ts";
import type { PREDICT } from "../options/predict.ts";
import type { OptionsOf } from "../options/table.ts";
import { endProfile, startProfile } from "./profile.ts";
import { say } from "./terminal.ts";

/** The flags that choose a device. */
export type DeviceFlags = OptionsOf<typeof ADAPTER & typeof MEMORY>;

/** The flags that choose several. */
export type FleetFlags = OptionsOf<typeof FLEET & typeof MEMORY>;

/** The flags that choose on what predictions are made, and how. */
type PredictorFlags = FleetFlags & OptionsOf<typeof PRECISION & Pick<typeof PREDICT, "profile">>;

/** The cards that get a worker each where several are wanted, or the adapter for this thread. */
async function chooseDevices(
  { adapter: wanted, adapters: list, workersPerAdapter }: FleetFlags,
): Promise<{ adapter: AdapterInfo } | { cards: Card[] }> {
  const several = list ?? (workersPerAdapter > 1 ? wanted ?? "0" : undefined);
  if (several === undefined) return { adapter: await chooseAdapter(wanted) };
  const cards = await fleetCards(several, workersPerAdapter);
  return cards.length > 1 ? { cards } : { adapter: await openableCard(cards[0]) };
}

/** The adapter that a training goes on in this thread, and cards for its further replicas. */
export async function chooseReplicas(
  flags: FleetFlags,
): Promise<{ adapter: AdapterInfo; others: Card[] }> {
  const chosen = await chooseDevices(flags);
  if ("adapter" in chosen) return { ...chosen, others: [] };
  const [first, ...others] = chosen.cards;
  return { adapter: await openableCard(first), others };
}

/** Says which adapters there are, the precision if it is half, and when they are only software. */
export function sayAdapters(
  adapters: readonly Pick<AdapterInfo, "name" | "type">[],
  precision: Format = "f32",
): void {
  const names = [...new Set(adapters.map(({ name }) => name))].map((name) => {
    const count = adapters.filter((adapter) => adapter.name === name).length;
    return count > 1 ? `${count} x ${name}` : name;
  });
  const half = precision === "f16" ? "; features in half precision (f16)" : "";
  say(`Adapter${adapters.length > 1 ? "s" : ""}: ${names.join(", ")}${half}`);
  if (adapters.every(({ type }) => type === "gpu")) return;
  const which = adapters.length > 1 ? "there is a software adapter" : "this is a software adapter";
  say(`WARNING: ${which}: it computes on the CPU, right but slowly.`);
}

/** Opens the chosen device and says which it is, and when it is only software. */
export async function openDevice({ adapter: wanted, memory }: DeviceFlags): Promise<Device> {
  const adapter = await chooseAdapter(wanted);
  sayAdapters([adapter]);
  return await Device.open(adapter, { memoryLimit: memory });
}

/**
 * Opens a device for predictions, with the kernels of its adapter's tuning. Throws an InputError
 * where it can't compute in the wanted precision.
 */
export async function openTunedDevice(
  { adapter, memory, precision }: DeviceFlags & OptionsOf<typeof PRECISION>,
): Promise<{ device: Device; setup: PredictionSetup }> {
  return await openForPrediction(await chooseAdapter(adapter), { memory, precision });
}

async function openForPrediction(
  adapter: AdapterInfo,
  { memory, precision, shard }: DeviceFlags & OptionsOf<typeof PRECISION> & {
    readonly shard?: Shard;
  },
): Promise<{ device: Device; setup: PredictionSetup }> {
  const setup = shard
    ? { ...untunedSetup(precision, [adapter]), kernelChoices: new Map() }
    : await tunedSetup(adapter, precision, say);
  sayAdapters([adapter], setup.precision);
  const device = await Device.open(adapter, { memoryLimit: memory });
  device.kernelChoices = setup.kernelChoices;
  return { device, setup };
}

/** What predicts, until it is closed. */
export interface OpenPredictor {
  readonly predictor: Predictor;
  /** For the output's metadata: how it predicts. */
  readonly made: PredictionSetup["made"];
  close(): Promise<void>;
}

/**
 * Loads a model on the chosen device, or on several. A shard keeps to the kernels of the rules, as
 * its parts may be predicted on machines that were tuned differently (docs/decisions/0006-tuning.md).
 */
export async function openPredictor(
  flags: PredictorFlags & { readonly shard?: Shard },
  file: ModelFile,
  model: Model,
): Promise<OpenPredictor> {
  const chosen = await chooseDevices(flags);
  const { memory, precision: wanted, profile } = flags;
  if ("cards" in chosen) {
    if (profile !== undefined) throw new InputError("--profile is of one adapter only.");
    const { cards, precision, made } = flags.shard
      ? { ...untunedSetup(wanted, chosen.cards), cards: chosen.cards }
      : await tunedCards(chosen.cards, wanted, say);
    sayAdapters(cards, precision);
    return { ...await openFleet({ cards, memory, precision }, file, say), made };
  }
  const { device, setup } = await openForPrediction(chosen.adapter, flags);
  if (profile !== undefined) startProfile(device);
  const close = async () => {
    if (profile !== undefined) await endProfile(device, profile);
    device.close();
  };
  const predictor = new NetworkInterpolator(device, model, setup.precision);
  return { predictor, made: setup.made, close };
}
