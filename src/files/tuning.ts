import { join } from "node:path";
import {
  type AdapterInfo,
  type Device,
  type Format,
  isClearlyFaster,
  type Message,
  option,
  phrase,
  type TunedConvolution,
} from "../core.ts";
import deno from "../../deno.json" with { type: "json" };
import type { Card } from "../fleet/mod.ts";
import { exists, explained, readWhole, writeWhole } from "./local_files.ts";
import type { Precision } from "../options/machine.ts";
import { chooseFormat } from "./precision.ts";
import { sha256 } from "./provenance.ts";

/** What must be the same for a tuning to be used; WebGPU says no driver's version. */
const FACTS = ["name", "vendor", "architecture", "subgroupSize", "features"] as const;
type TunedAdapter = Pick<AdapterInfo, typeof FACTS[number]>;

/** What `zaugnet tune` measured on an adapter: a file in the user's cache folder. */
export interface Tuning {
  readonly format: "zaugnet kernels 1";
  readonly version: string;
  readonly date: string;
  readonly adapter: TunedAdapter;
  /** Sides of the tiles whose convolutions were measured. */
  readonly tiles: readonly number[];
  readonly convolutions: readonly TunedConvolution[];
  /** Milliseconds of a pass with features in each format, where the adapter has both. */
  readonly passes?: Readonly<Record<Format, number>>;
}

/** Hears, in a sentence, what a user should know. */
type Say = (line: Message) => void;

/** The folder of all tunings; undefined where the environment names no place for it. */
export function tuningFolder(): string | undefined {
  const home = Deno.env.get("HOME");
  const usual = Deno.build.os === "windows"
    ? Deno.env.get("LOCALAPPDATA")
    : home && join(home, Deno.build.os === "darwin" ? "Library/Caches" : ".cache");
  const caches = Deno.env.get("XDG_CACHE_HOME") || usual;
  return caches ? join(caches, "zaugnet", "kernels") : undefined;
}

/** The file of an adapter's tuning; undefined where there is no place for one. */
export function tuningFile({ name }: TunedAdapter): string | undefined {
  const folder = tuningFolder();
  const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return folder && join(folder, `${slug}.json`);
}

/** An adapter's tuning, if there is one for this version; says so where one is not used. */
export async function readTuning(adapter: TunedAdapter, say: Say): Promise<Tuning | undefined> {
  const path = tuningFile(adapter);
  if (path === undefined || !await exists(path)) return undefined;
  const tuning = parse(await readWhole(path).catch(() => undefined));
  const reason = tuning === undefined
    ? "damaged or not to be read"
    : tuning.version !== deno.version
    ? `of version ${tuning.version}`
    : sameAdapter(tuning.adapter, adapter)
    ? undefined
    : "of another adapter or driver";
  if (reason === undefined) return tuning;
  say(`Note: ${path} is ${reason}, and not used: tune the adapter again.`);
}

function parse(bytes: Uint8Array | undefined): Tuning | undefined {
  try {
    const found: Tuning = JSON.parse(new TextDecoder().decode(bytes));
    const whole = found.format === "zaugnet kernels 1" && found.adapter &&
      !isNaN(Date.parse(found.date)) && Array.isArray(found.tiles) &&
      found.convolutions.every(({ name, kernel, rule, milliseconds }) =>
        name && milliseconds[kernel]! > 0 && milliseconds[rule]! > 0
      ) && (!found.passes || found.passes.f32 > 0 && found.passes.f16 > 0);
    return whole ? found : undefined;
  } catch {
    return undefined;
  }
}

function sameAdapter(a: TunedAdapter, b: TunedAdapter): boolean {
  return FACTS.every((fact) => String(a[fact]) === String(b[fact]));
}

/** Keeps what was measured, beside what is known of tiles of other sides. */
export async function keepTuning(
  path: string,
  { name, vendor, architecture, subgroupSize, features }: TunedAdapter,
  measured: Pick<Tuning, "tiles" | "convolutions" | "passes">,
  before?: Tuning,
): Promise<Tuning> {
  const names = new Set(measured.convolutions.map(({ name }) => name));
  const others = before?.convolutions.filter(({ name }) => !names.has(name)) ?? [];
  const tuning: Tuning = {
    format: "zaugnet kernels 1",
    version: deno.version,
    date: new Date().toISOString(),
    adapter: { name, vendor, architecture, subgroupSize, features },
    tiles: [...new Set([...before?.tiles ?? [], ...measured.tiles])].sort((a, b) => a - b),
    convolutions: [...others, ...measured.convolutions],
    passes: measured.passes,
  };
  await writeWhole(path, new TextEncoder().encode(JSON.stringify(tuning, null, 1)));
  return tuning;
}

/** Removes an adapter's tuning; false where there is none. */
export async function forgetTuning(path: string): Promise<boolean> {
  if (!await exists(path)) return false;
  await explained(path, () => Deno.remove(path));
  return true;
}

/** The convolutions for which another kernel than the rules' was clearly faster. */
export function improved({ convolutions }: Pick<Tuning, "convolutions">): TunedConvolution[] {
  return convolutions.filter(({ kernel, rule }) => kernel !== rule);
}

/** The same as a device takes them. */
export function kernelChoices(tuning: Pick<Tuning, "convolutions">): Device["kernelChoices"] {
  return new Map(improved(tuning).map(({ name, kernel }) => [name, kernel]));
}

/** True where features in half precision were measured to be clearly faster. */
export function halvesAreFaster({ passes }: Pick<Tuning, "passes">): boolean {
  return passes !== undefined && isClearlyFaster(passes.f16, passes.f32);
}

/** What a tuning says of an adapter, and for the metadata a digest that tells its kernels apart. */
interface AppliedTuning {
  readonly choices: Device["kernelChoices"];
  readonly halves: boolean;
  readonly digest?: string;
}

async function appliedTuning(adapter: TunedAdapter, say: Say): Promise<AppliedTuning> {
  const tuning = await readTuning(adapter, say);
  const halves = tuning !== undefined && halvesAreFaster(tuning);
  if (!tuning || improved(tuning).length === 0) return { choices: new Map(), halves };
  const date = tuning.date.slice(0, 10);
  say(phrase`Kernels as tuned on ${date}; tune with ${option("forget")} to go back.`);
  const choices = kernelChoices(tuning);
  const text = new TextEncoder().encode(JSON.stringify([...choices].sort()));
  return { choices, halves, digest: (await sha256(text)).slice(0, 16) };
}

/** How predictions are computed on adapters. */
export interface PredictionSetup {
  /** In which their features are kept. */
  readonly precision: Format;
  /** For the metadata: the precision, and the kernels where they were tuned. */
  readonly made: Readonly<Record<string, string>>;
}

function setupOf(
  wanted: Precision,
  adapters: readonly TunedAdapter[],
  tunings: readonly AppliedTuning[],
): PredictionSetup {
  const precision = chooseFormat(wanted, adapters, tunings.every(({ halves }) => halves));
  const digests = tunings.flatMap(({ digest }) => digest ?? []);
  const made = { precision };
  if (digests.length === 0) return { precision, made };
  return { precision, made: { ...made, kernels: digests.sort().join("+") } };
}

/**
 * How an adapter predicts as it was tuned, with the kernels for its device. Throws an InputError
 * where it can't in the wanted precision.
 */
export async function tunedSetup(
  adapter: TunedAdapter,
  wanted: Precision,
  say: Say,
): Promise<PredictionSetup & Pick<Device, "kernelChoices">> {
  const tuning = await appliedTuning(adapter, say);
  return { ...setupOf(wanted, [adapter], [tuning]), kernelChoices: tuning.choices };
}

/** The same of cards, which are given the kernels: equal cards take equal kernels. */
export async function tunedCards(
  cards: readonly Card[],
  wanted: Precision,
  say: Say,
): Promise<PredictionSetup & { readonly cards: Card[] }> {
  const byName = new Map<string, AppliedTuning>();
  // A card that several workers share stays one object, by which a fleet knows it.
  const tuned = new Map<Card, Card>();
  for (const card of new Set(cards)) {
    if (!byName.has(card.name)) byName.set(card.name, await appliedTuning(card, say));
    tuned.set(card, { ...card, kernelChoices: byName.get(card.name)!.choices });
  }
  return {
    ...setupOf(wanted, cards, [...byName.values()]),
    cards: cards.map((card) => tuned.get(card)!),
  };
}

/**
 * How adapters predict a shard: they use no tuning, since its parts may be predicted on machines
 * that were tuned differently or not at all (docs/decisions/0006-tuning.md).
 */
export function untunedSetup(
  wanted: Precision,
  adapters: readonly TunedAdapter[],
): PredictionSetup {
  return setupOf(wanted, adapters, [{ choices: new Map(), halves: false }]);
}
