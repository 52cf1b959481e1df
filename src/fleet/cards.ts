import { type AdapterInfo, type Device, InputError } from "../core.ts";
import type { Handlers } from "../workers/answer_calls.ts";
import { WorkerCalls } from "../workers/worker_calls.ts";
import { choosesBySlot, driverFiles, type PciCard, pciCards } from "./drivers.ts";

/** What a worker sees of an adapter. */
export interface AdapterFacts extends Omit<AdapterInfo, "gpuAdapter" | "index"> {
  /** The model's number by the vendor; 0 of software. */
  readonly device: string;
}

/** Variables that make a driver show one card. */
export type CardEnvironment = Readonly<Record<string, string>>;

/** One physical card, or a software adapter. */
export interface Card extends AdapterFacts {
  /** Its place in {@link listCards}. */
  readonly index: number;
  /** The environment in which a worker that is started sees it. */
  readonly environment: CardEnvironment;
  /** Its slot on the PCI bus, where several alike have to be told apart. */
  readonly slot?: string;
  /** Kernels that predictions take there; those of the rules where not given. */
  readonly kernelChoices?: Device["kernelChoices"];
}

/** What was seen in one environment. */
export interface VisibleAdapters {
  readonly environment: CardEnvironment;
  readonly adapters: readonly AdapterFacts[];
}

/** What every worker that is started for a card answers first. */
export type CardCalls = { adapters(): Promise<AdapterFacts[]> };

/** A worker that can tell its adapters; any of them will do. */
const LOOKING = new URL("./network_worker.ts", import.meta.url);

let starting: Promise<unknown> = Promise.resolve();

/**
 * Starts a worker whose driver sees what an environment lets it see. The environment is the whole
 * process's, so workers are started one after the other, each when the one before has looked.
 */
export function startWorker<Calls extends CardCalls & Handlers>(
  environment: CardEnvironment,
  module: URL,
): Promise<{ calls: WorkerCalls<Calls>; adapters: AdapterFacts[] }> {
  const start = async () => {
    const before = Object.keys(environment).map((name) => [name, Deno.env.get(name)] as const);
    for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
    try {
      const calls = new WorkerCalls<Calls>(module);
      const card: WorkerCalls<CardCalls> = calls;
      return { calls, adapters: await card.call("adapters") };
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    }
  };
  const started = starting.then(start);
  starting = started.catch(() => {});
  return started;
}

/** Lists every physical card once, the order of drivers' files; GPUs before software. */
export async function listCards(): Promise<Card[]> {
  const views: VisibleAdapters[] = [];
  const look = async (environment: CardEnvironment, shown = environment) => {
    const { calls, adapters } = await startWorker(shown, LOOKING);
    await calls.close();
    views.push({ environment, adapters });
    return adapters;
  };
  let companion: string | undefined;
  for (const file of driverFiles()) {
    const software = /lvp|swiftshader/i.test(file);
    // A driver without a card complains on standard error, unless another one has something.
    const shown = software || !companion ? file : `${file}:${companion}`;
    const seen = await look({ VK_DRIVER_FILES: file }, { VK_DRIVER_FILES: shown });
    if (software && seen.length > 0) companion ??= file;
  }
  if (views.length === 0) await look({});
  const pci = pciCards();
  // WebGPU shows two cards of a driver at most, by power: others are asked for by their model.
  const known = new Set(views.flatMap(({ adapters }) => adapters.map(modelOf)));
  for (const model of new Set(pci.map(({ model }) => model).filter((m) => !known.has(m)))) {
    const hex = model.split(":").map((part) => Number(part).toString(16)).join(":");
    await look({ VK_LOADER_DEVICE_SELECT: hex, MESA_VK_DEVICE_SELECT: hex });
  }
  // Without the layer, every worker would get the first of several cards alike.
  return mergeVisible(views, choosesBySlot() ? pci : []);
}

/**
 * Counts each card once, whichever drivers show it: cards of one model are as many as the PCI bus
 * has, or one where it does not tell.
 */
export function mergeVisible(views: readonly VisibleAdapters[], pci: readonly PciCard[]): Card[] {
  const found = new Map<string, Omit<Card, "index">[]>();
  for (const { environment, adapters } of views) {
    for (const adapter of adapters) {
      const model = modelOf(adapter);
      if (found.has(model)) continue;
      const slots = pci.filter((card) => card.model === model).map(({ slot }) => slot);
      const cards = slots.length < 2 ? [{ ...adapter, environment }] : slots.map((slot) => ({
        ...adapter,
        slot,
        environment: { ...environment, ...selecting(slot) },
      }));
      found.set(model, cards);
    }
  }
  const rank = ({ type }: { type: string }) => type === "gpu" ? 0 : 1;
  return [...found.values()].flat()
    .sort((a, b) => rank(a) - rank(b))
    .map((card, index) => ({ ...card, index }));
}

/** Mesa's layer, which sorts the cards of any driver, puts that of a slot first and hides others. */
function selecting(slot: string): CardEnvironment {
  return {
    DRI_PRIME: `pci-${slot.replace(/[:.]/g, "_")}`,
    MESA_VK_DEVICE_SELECT_FORCE_DEFAULT_DEVICE: "1",
  };
}

/** What two drivers of one card agree in; software has no numbers, and goes by its name. */
function modelOf({ vendor, device, name, type }: AdapterFacts): string {
  return type === "gpu" && Number(device) > 0 ? `${vendor}:${device}` : `${vendor}/${name}`;
}

/**
 * The cards that a list names: "all" (software only where there is nothing else), or indices and
 * parts of names with commas between. Each is taken once. Throws an InputError for what fits none.
 */
export function chooseCards(wanted: string, cards: readonly Card[]): Card[] {
  if (wanted === "all") {
    const gpus = cards.filter(({ type }) => type === "gpu");
    return gpus.length > 0 ? gpus : [...cards];
  }
  const chosen = wanted.split(",").map((part) => part.trim()).flatMap((part) => {
    // "0" is a card's number, though names have digits, too.
    const fitting = /^\d+$/.test(part)
      ? cards.filter(({ index }) => index === Number(part))
      : cards.filter(({ name }) => part && name.toLowerCase().includes(part.toLowerCase()));
    if (fitting.length > 0) return fitting;
    const known = cards.map(({ index, name }) => `${index} (${name})`).join(", ");
    throw new InputError(`There is no adapter ${part || '""'}; there are ${known || "none"}.`);
  });
  return [...new Set(chosen)];
}
