import { type Format, InputError } from "../core.ts";
import { type Card, chooseCards, listCards } from "./cards.ts";
import { holdDrivers } from "./hold_drivers.ts";
import { RemoteInterpolator } from "./remote_interpolator.ts";
import { SharedQueue } from "./shared_queue.ts";
import type { ModelFile } from "./network_worker.ts";

/** Which devices work together. */
export interface FleetOptions {
  /** One worker each, in this order; a card may be there several times. */
  readonly cards: readonly Card[];
  /** Bytes that each worker may use; by default the device's usual. */
  readonly memory?: number;
  /** In which features are kept; f32 where not given. */
  readonly precision?: Format;
}

/** Several devices that predict as one. */
export interface Fleet {
  readonly predictor: SharedQueue;
  close(): Promise<void>;
}

/** The cards of a machine that a list names, each `workers` times; see {@link chooseCards}. */
export async function fleetCards(wanted: string, workers = 1): Promise<Card[]> {
  const cards = await listCards();
  if (cards.length === 0) throw new InputError("There is no WebGPU adapter on this machine.");
  return chooseCards(wanted, cards).flatMap((card) => Array<Card>(workers).fill(card));
}

/** Opens a worker per card and loads the model in each. `onLost` is told of every lost adapter. */
export async function openFleet(
  { cards, memory, precision }: FleetOptions,
  model: ModelFile,
  onLost: (message: string) => void,
): Promise<Fleet> {
  await holdDrivers();
  const first = new Map<Card, Promise<RemoteInterpolator>>();
  const opening = cards.map((card) => {
    const alike = first.get(card);
    const open = async () => {
      const readsTextures = (await alike)?.readsTextures;
      const options = { memoryLimit: memory, readsTextures, precision };
      return await RemoteInterpolator.open(card, model, options);
    };
    const opened = open();
    if (!alike) first.set(card, opened);
    return opened;
  });
  const settled = await Promise.allSettled(opening);
  const open = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  const closeAll = async () => void await Promise.all(open.map((one) => one.close()));
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) {
    await closeAll();
    throw failed.reason;
  }
  const predictor = new SharedQueue(open, onLost);
  const close = async () => {
    predictor.close();
    await closeAll();
  };
  return { predictor, close };
}
