import { InputError } from "../errors.ts";
import { kebabCase, type Message, option, phrase } from "../message.ts";
import type { Kind } from "./kinds.ts";

/** Where options are offered: as flags, or as parameters of a query. */
export type Face = "cli" | "http";

/** How the page asks for an option. */
export interface PageField {
  readonly label: string;
  /** Values to choose from, and what each is called. */
  readonly choices?: Readonly<Record<string, string>>;
  /** Shows all choices beside one another. */
  readonly radio?: true;
  /** What the field holds at first, where that isn't the default. */
  readonly initial?: string;
  /** The least that the field takes, where that is more than the kind's. */
  readonly least?: number;
}

/** An option of a command: all that is said of it, once. Its name is its key, in camelCase. */
export interface Option {
  /** What its flag takes; it is not a flag where this is absent. */
  readonly cli?: Kind<unknown>;
  /** What its parameter of a query takes; there is none where this is absent. */
  readonly http?: Kind<unknown>;
  /** Half a sentence, begun in lower case and without a full stop. */
  readonly help: string;
  /** Whole sentences that the documents add. */
  readonly more?: string;
  /** What it is where it isn't given. */
  readonly default?: unknown;
  /** How that is said, where it isn't the value's own text or follows from something else. */
  readonly usual?: string;
  /** What is said on the command line where it isn't given but must be. */
  readonly required?: Message;
  /** One letter. */
  readonly short?: string;
  /** The heading under which help lists it. */
  readonly group?: string;
  /** Options that it can't be given with. */
  readonly conflicts?: readonly string[];
  /** What stands for the value in help, where that isn't the kind's. */
  readonly placeholder?: string;
  readonly page?: PageField;
}

/** Options by their names. */
export type Options = Readonly<Record<string, Option>>;

/** An option that takes the same in the command line and in a query. */
export function both<T>(kind: Kind<T>): { readonly cli: Kind<T>; readonly http: Kind<T> } {
  return { cli: kind, http: kind };
}

type Takes<T, F extends Face> = { readonly [face in F]: Kind<T> };
type Given = { readonly required: Message } | { readonly default: unknown };
type ValueOf<O, F extends Face> = O extends Takes<infer T, F> ? T : never;
type Named<T, F extends Face, Is, IsNot = never> = {
  [N in keyof T]: T[N] extends Takes<unknown, F> & Is ? T[N] extends IsNot ? never : N : never;
}[keyof T];

/** The values of a table's options that a face offers; those with a default are always there. */
export type OptionsOf<T extends Options, F extends Face = "cli"> =
  & { readonly [N in Named<T, F, Given>]: ValueOf<T[N], F> }
  & { readonly [N in Named<T, F, unknown, Given>]?: ValueOf<T[N], F> };

/** The options of a table that have a default. */
export type DefaultsOf<T extends Options> = {
  readonly [N in keyof T as T[N] extends { readonly default: unknown } ? N : never]: T[N] extends
    { readonly default: infer V } ? V : never;
};

/** An option that a face offers, with what it takes there. */
export interface Offered extends Option {
  readonly name: string;
  readonly kind: Kind<unknown>;
}

/** The options of a table that a face offers. */
export function offeredBy(table: Options, face: Face): Offered[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const kind = option[face];
    return kind ? [{ ...option, name, kind }] : [];
  });
}

/** The defaults of a table. */
export function defaultsOf<T extends Options>(table: T): DefaultsOf<T> {
  const given = Object.entries(table).filter(([, option]) => "default" in option);
  return Object.fromEntries(
    given.map(([name, option]) => [name, option.default]),
  ) as DefaultsOf<T>;
}

/**
 * Reads options by their names out of what was JSON, and adds defaults. Throws an InputError for a
 * value that an option does not take, a name that is none, and a required option that is missing.
 */
export function readOptions<T extends Options, F extends Face>(
  table: T,
  face: F,
  values: Readonly<Record<string, unknown>>,
): OptionsOf<T, F> {
  const offered = offeredBy(table, face);
  const unknown = Object.keys(values).find((name) => !offered.some((one) => one.name === name));
  if (unknown !== undefined) throw new InputError(`There is no option ${unknown}.`);
  const read = offered.flatMap((one): [string, unknown][] => {
    const { name } = one;
    if (values[name] !== undefined) return [[name, readOption(one, values[name])]];
    if (one.required !== undefined) throw new InputError(phrase`${option(name)} is missing.`);
    return "default" in one ? [[name, one.default]] : [];
  });
  // Each value is what its option's kind answered.
  return Object.fromEntries(read) as OptionsOf<T, F>;
}

function readOption({ name, kind }: Offered, value: unknown): unknown {
  try {
    return kind.read(value);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(phrase`${option(name)}: ${error.said}`);
    throw error;
  }
}

/** Throws an InputError where two options are given that exclude each other. */
export function requireNoConflict(
  table: Options,
  values: Readonly<Record<string, unknown>>,
): void {
  const isGiven = (name: string) => values[name] !== undefined && values[name] !== false;
  for (const [name, { conflicts = [] }] of Object.entries(table)) {
    const other = isGiven(name) ? conflicts.find(isGiven) : undefined;
    if (other === undefined) continue;
    throw new InputError(phrase`Give either ${option(name)} or ${option(other)}, not both.`);
  }
}

/** Options as a query for the service, which reads them by the same table. */
export function queryOf(
  table: Options,
  values: Readonly<Record<string, unknown>>,
): URLSearchParams {
  return new URLSearchParams(
    offeredBy(table, "http").flatMap(({ name, kind }) => {
      const value = values[name];
      return value === undefined ? [] : [[kebabCase(name), kind.write?.(value) ?? String(value)]];
    }),
  );
}
