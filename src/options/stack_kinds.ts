import { InputError, micrometres, type StackOptions, type VoxelSize } from "../core.ts";
import { type Kind, kind, numberOf, refuse } from "./kinds.ts";

/** Kinds of values that say what a stack is. All that is counted counts from 1. */

/** The axes as the file stores them, slowest first: "TCZYX". */
export const axes: Kind<string> = kind(
  "letters",
  { type: "string", example: "TCZYX" },
  (text) => text.toUpperCase(),
  (value) => {
    const letters = typeof value === "string" && /^([TCZ]*)(S?YX|YXS)$/.exec(value)?.[1];
    if (typeof letters === "string" && new Set(letters).size === letters.length) {
      return String(value);
    }
    return refuse("each of T, C and Z at most once, slowest first, then YX: TCZYX");
  },
);

type Sizes = NonNullable<StackOptions["sizes"]>;

/** "C=2,Z=4". */
export const sizes: Kind<Sizes> = {
  ...kind<Sizes>(
    "list",
    { type: "string", example: "C=2,Z=4" },
    (text) => {
      const pairs = text.toUpperCase().split(",").map((part) => part.trim().split("="));
      const twice = new Set(pairs.map(([axis]) => axis)).size < pairs.length;
      return twice ? undefined : Object.fromEntries(
        pairs.map(([axis, size = "", ...more]) => [axis, more.length > 0 ? NaN : numberOf(size)]),
      );
    },
    (value) => {
      const pairs = Object.entries(typeof value === "object" && value !== null ? value : {});
      const isSize = ([axis, size]: [string, unknown]) =>
        /^[TCZ]$/.test(axis) && Number.isSafeInteger(size) && Number(size) > 0;
      if (pairs.length > 0 && pairs.every(isSize)) return Object.fromEntries(pairs);
      return refuse("whole numbers by axis, such as C=2,Z=4");
    },
  ),
  write: (value) => Object.entries(value).map(([axis, size]) => `${axis}=${size}`).join(","),
};

/** "0.5,0.1,0.1,nm" is z, y and x in nanometres; without a unit they are micrometres. */
export const voxelSize: Kind<VoxelSize> = {
  ...kind<VoxelSize>(
    "z,y,x[,unit]",
    { type: "string", example: "0.5,0.1,0.1" },
    (text) => {
      const [z, y, x, unit = "µm", ...more] = text.split(",").map((part) => part.trim());
      return more.length > 0
        ? undefined
        : { z: numberOf(z), y: numberOf(y ?? ""), x: numberOf(x ?? ""), unit };
    },
    (value) => {
      const { z, y, x, unit } = (value ?? {}) as Readonly<Record<string, unknown>>;
      const isLength = (size: unknown): size is number =>
        typeof size === "number" && size > 0 && Number.isFinite(size);
      if (!isLength(z) || !isLength(y) || !isLength(x) || typeof unit !== "string") {
        return refuse("three positive numbers, and a unit where they are no micrometres: Z,Y,X,nm");
      }
      if (micrometres(unit) !== undefined) return { z, y, x, unit };
      throw new InputError(`"${unit}" is no unit of length; take one such as µm, nm, mm or inch.`);
    },
  ),
  write: ({ z, y, x, unit }) => [z, y, x, unit].join(","),
};

/** More are never named, of slices or of channels; a short text may name very many. */
const MOST_NAMED = 100_000;
const LARGEST = 1_000_000;

/** The numbers that "3,7-9" names, each once, in the order of the text; undefined for none. */
export function numbersNamed(text: string): number[] | undefined {
  const numbers = new Set<number>();
  let named = 0;
  for (const part of text.split(",")) {
    const match = part.trim().match(/^(\d+)(?:-(\d+))?$/);
    const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [1, 0];
    if (first < 1 || first > last || last > LARGEST) return undefined;
    // Counted before they are made.
    named += last - first + 1;
    if (named > MOST_NAMED) throw new InputError(`It must name at most ${MOST_NAMED}.`);
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return [...numbers];
}

/** Checks numbers from 1 that were JSON; undefined for what are none. */
export function numbersFromOne(value: unknown): readonly number[] | undefined {
  const isNumber = (number: unknown) => Number.isSafeInteger(number) && Number(number) >= 1;
  if (!Array.isArray(value) || value.length === 0 || !value.every(isNumber)) return undefined;
  if (value.length > MOST_NAMED) throw new InputError(`It must name at most ${MOST_NAMED}.`);
  return value;
}

/** Channels or frames: "1,3-4". */
export const some: Kind<readonly number[]> = kind(
  "list",
  { type: "string", example: "1,3-4" },
  numbersNamed,
  (value) => numbersFromOne(value) ?? refuse("numbers from 1, such as 1,3-4"),
);
