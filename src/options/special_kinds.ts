import { type Augmentation, AUGMENTATIONS, BASELINES, InputError } from "../core.ts";
import { type Kind, kind, numberOf, numbersOf, readNumbers, refuse } from "./kinds.ts";
import { numbersFromOne, numbersNamed } from "./stack_kinds.ts";

/** Kinds of values that one subject needs. */

/** The lowest and the highest intensity that a network sees as 0..1. */
export const range: Kind<readonly [number, number]> = kind(
  "lo,hi",
  { type: "string", example: "0,4095" },
  numbersOf,
  (value) => {
    const [low, high, ...more] = readNumbers(value);
    if (low < high && more.length === 0) return [low, high];
    return refuse("two numbers, the lower first: LO,HI");
  },
);

/** A z step. */
export const spacing: Kind<number | "isotropic"> = kind(
  "z",
  { type: "string", example: "isotropic" },
  (text) => text === "isotropic" ? text : numberOf(text),
  (value) => {
    if (value === "isotropic") return value;
    if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
    return refuse('a positive number or "isotropic"');
  },
);

export const augmentations: Kind<readonly Augmentation[]> = kind(
  "list",
  { type: "string", example: "flips,swap" },
  (text) => text.split(",").map((name) => name.trim()),
  (value) => {
    if (!Array.isArray(value)) return refuse(`names of ${AUGMENTATIONS.join(", ")}`);
    return value.map((name) => {
      const known = AUGMENTATIONS.find((one) => one === name);
      if (known !== undefined) return known;
      throw new InputError(`There is no ${name}; there are ${AUGMENTATIONS.join(", ")}.`);
    });
  },
);

/** Which slices are repaired: those of these numbers, from 1, or those that are found. */
export type RepairChoice = "auto" | readonly number[];

/** "auto", or slices from 1: "3,7-9" is 3, 7, 8 and 9. */
export const repair: Kind<RepairChoice> = kind(
  "slices",
  { type: "string", example: "3,7-9" },
  (text) => text === "auto" ? text : numbersNamed(text)?.sort((a, b) => a - b),
  (value) =>
    value === "auto"
      ? value
      : numbersFromOne(value) ?? refuse('slices, counted from 1, such as 3,7-9; or "auto"'),
);

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** "2G", "1500MB", "800 MiB": bytes, the units binary. */
export const size: Kind<number> = kind(
  "size",
  { type: "string", example: "4G" },
  (text) => {
    const match = text.trim().toUpperCase().match(/^([\d.]+)\s*([KMG]?)(?:I?B)?$/);
    return match ? Math.floor(Number(match[1]) * UNITS[match[2]]) : NaN;
  },
  (value) =>
    typeof value === "number" && Number.isSafeInteger(value) && value > 0
      ? value
      : refuse('a size such as "4G" or "1500M"'),
);

/** Bytes as {@link size} reads them: "4G". */
export function sizeText(bytes: number): string {
  const unit = ["G", "M", "K"].find((unit) => bytes % UNITS[unit] === 0) ?? "";
  return `${bytes / UNITS[unit]}${unit}`;
}

/** One of `of` equal parts, the index from 0; or the part that is a task's of a Slurm array. */
export type ShardChoice = { readonly index: number; readonly of: number } | "slurm";

export const shard: Kind<ShardChoice> = kind(
  "i/n",
  { type: "string", example: "0/4" },
  (text) => {
    const [, index, of] = text.match(/^(\d+)\/(\d+)$/)?.map(Number) ?? [];
    return text === "slurm" ? text : { index, of };
  },
  (value) => {
    if (value === "slurm") return value;
    const { index, of } = fieldsOf(value);
    if (typeof index === "number" && typeof of === "number" && index < of) return { index, of };
    return refuse("i/n, i from 0 to n - 1, or slurm in a task of an array");
  },
);

/** A run of slices, counted from 1, both ends included; to an end where one is not given. */
export interface SliceRun {
  readonly from?: number;
  readonly to?: number;
}

/** "48..57", "48..", "..10". */
export const sliceRun: Kind<SliceRun> = kind(
  "a..b",
  { type: "string", example: "48..57" },
  (text) => {
    const match = text === ".." ? null : text.match(/^(\d*)\.\.(\d*)$/);
    const [from, to] = match?.slice(1).map((part) => part === "" ? undefined : Number(part)) ?? [];
    return match ? { from, to } : undefined;
  },
  (value) => {
    const { from, to } = fieldsOf(value);
    const isSlice = (end: unknown): end is number | undefined =>
      end === undefined || Number.isSafeInteger(end) && Number(end) >= 1;
    if (!isSlice(from) || !isSlice(to) || from === undefined && to === undefined) {
      return refuseRun();
    }
    return { from, to };
  },
);

function refuseRun(): never {
  return refuse("two slices, counted from 1, both included: A..B, A.. or ..B");
}

/** A stack of another program, and what its method is called. */
export interface ComparedStack {
  readonly name: string;
  readonly path: string;
}

const TAKEN: readonly string[] = [
  ...BASELINES,
  ...["adaptive", "bands", "calibrated", "flow", "network"],
];

function taken(name: string): string {
  return `The name "${name}" is taken; choose another.`;
}

/** "cafi=results/cafi.tif", each given by a flag. */
export const comparedStacks: Kind<readonly ComparedStack[]> = {
  ...kind(
    "name=stack.tif",
    { type: "string", example: "cafi=cafi.tif" },
    (text) => {
      const [, name, path] = text.match(/^([A-Za-z][\w.+-]*)=(.+)$/) ?? [];
      return [{ name, path }];
    },
    (value) => {
      if (!Array.isArray(value)) return refuse("stacks with names");
      return value.map((stack) => {
        const { name, path } = fieldsOf(stack);
        if (typeof name !== "string" || typeof path !== "string") {
          return refuse("a name (a letter first) and a stack: cafi=FILE");
        }
        if (TAKEN.includes(name)) throw new InputError(taken(name));
        return { name, path };
      });
    },
  ),
  add(before, next) {
    const again = next.find(({ name }) => before.some((other) => other.name === name));
    if (!again) return [...before, ...next];
    throw new InputError(taken(again.name));
  },
};

/** The fields of an object that was JSON; none of anything else. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
