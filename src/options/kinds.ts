import { type Bounds, boundsInWords, isWithin } from "../bounds.ts";
import { InputError } from "../errors.ts";

/** How OpenAPI describes a value that stands in a query. */
export interface TextSchema {
  readonly type: "string" | "integer" | "number" | "boolean";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly pattern?: string;
  readonly example?: string;
}

/** A kind of value: how it is written, read and checked, alike for every face. */
export interface Kind<T> {
  /** What stands for the value in help, such as `n` of `--factor <n>`; empty for a switch. */
  readonly placeholder: string;
  readonly schema: TextSchema;
  /** The values that there are, where they can be listed. */
  readonly choices?: readonly T[];
  /** Of numbers. */
  readonly bounds?: Bounds;
  /**
   * Reads the text of a flag or of a query. Throws an InputError whose sentence follows on the
   * option's name.
   */
  parse(text: string): T;
  /** Reads a value that was JSON. Throws as {@link Kind.parse}, which ends in the same check. */
  read(value: unknown): T;
  /** The text of a value, where it isn't what String() makes of it. */
  write?(value: T): string;
  /** Adds the value of a flag that may be repeated to those before; the others may not. */
  add?(before: T, next: T): T;
}

/** Throws the sentence that says what a value must be. */
export function refuse(mustBe: string): never {
  throw new InputError(`It must be ${mustBe}.`);
}

/** Makes a kind whose texts become what JSON holds, which one check then looks at. */
export function kind<T>(
  placeholder: string,
  schema: TextSchema,
  plain: (text: string) => unknown,
  read: (value: unknown) => T,
): Kind<T> {
  return { placeholder, schema, read, parse: (text) => read(plain(text)) };
}

/** A number, as "0.5", "1e-4" or "16". */
export function number(bounds: Bounds, placeholder = bounds.whole ? "n" : "x"): Kind<number> {
  const { whole, least, most, above, below, multipleOf } = bounds;
  const schema: TextSchema = {
    type: whole ? "integer" : "number",
    ...least === undefined ? {} : { minimum: least },
    ...most === undefined ? {} : { maximum: most },
    ...above === undefined ? {} : { exclusiveMinimum: above },
    ...below === undefined ? {} : { exclusiveMaximum: below },
    ...multipleOf === undefined ? {} : { multipleOf },
  };
  const read = (value: unknown) =>
    typeof value === "number" && isWithin(value, bounds) ? value : refuse(boundsInWords(bounds));
  return { ...kind(placeholder, schema, numberOf, read), bounds };
}

/** A whole number of at least 1. */
export const count = number({ whole: true, least: 1 });

/** A number of more than 0. */
export const positive = number({ above: 0 });

/** A number of at least 0. */
export const nonNegative = number({ least: 0 });

/** One of a few values, by its text. */
export function choice<const T extends string | number>(
  placeholder: string,
  choices: readonly T[],
): Kind<T> {
  const texts = choices.map(String);
  const read = (value: unknown) =>
    choices.find((one) => one === value) ??
      refuse(`one of ${texts.join(", ")}`);
  const plain = (text: string) => choices[texts.indexOf(text)];
  return { ...kind(placeholder, { type: "string", enum: texts }, plain, read), choices };
}

/** True or false: a flag without a value, `true` or `false` in a query. */
export const toggle: Kind<boolean> = kind(
  "",
  { type: "boolean" },
  (text) => text === "true" ? true : text === "false" ? false : text,
  (value) => typeof value === "boolean" ? value : refuse("true or false"),
);

/** A text that the command looks into: a path, an address, a name. */
export function text(placeholder: string): Kind<string> {
  return kind(
    placeholder,
    { type: "string" },
    (text) => text,
    (value) => typeof value === "string" ? value : refuse("a text"),
  );
}

export const file = text("file");
export const folder = text("folder");

/** Texts, each given by a flag. */
export function texts(placeholder: string): Kind<readonly string[]> {
  const one = text(placeholder);
  return {
    ...kind(placeholder, one.schema, (text) => [text], listOf(one)),
    add: (before, next) => [...before, ...next],
  };
}

/** Numbers with commas between them. */
export const numbers: Kind<readonly number[]> = kind(
  "list",
  { type: "string", example: "0.25,0.5" },
  numbersOf,
  readNumbers,
);

/** Reads a list each of whose values is of a kind. */
export function listOf<T>(one: Kind<T>): (value: unknown) => readonly T[] {
  return (value) => Array.isArray(value) ? value.map((part) => one.read(part)) : refuse("a list");
}

export function readNumbers(value: unknown): readonly number[] {
  const isFinite = (part: unknown) => typeof part === "number" && Number.isFinite(part);
  return Array.isArray(value) && value.every(isFinite)
    ? value
    : refuse("numbers with commas between them");
}

export function numbersOf(text: string): number[] {
  return text.split(",").map(numberOf);
}

/** The number in a text, NaN where it is none: Number() would read an empty text as 0. */
export function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

/** Names that models may have. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

export const modelName: Kind<string> = kind(
  "name",
  { type: "string", pattern: MODEL_NAME.source, example: "membranes.safetensors" },
  // In a query, a bare "+" stands for a space, and no name has one.
  (text) => text.replaceAll(" ", "+"),
  (value) => {
    if (typeof value === "string" && MODEL_NAME.test(value)) return value;
    throw new InputError(
      'A model\'s name is up to 64 letters, digits, ".", "_", "+" and "-", a letter or digit first.',
    );
  },
);
