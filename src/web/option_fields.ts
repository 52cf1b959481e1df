import type { Bounds } from "../bounds.ts";
import { kebabCase } from "../core.ts";
import type { Option, Options, PageField } from "../options/table.ts";
import { make } from "./dom.ts";

/** An option that the page asks for. */
type PagedOption = Option & { readonly page: PageField };

/** The options of a table that the page asks for, by their names. */
export function pagedOptions(table: Options): [string, PagedOption][] {
  return Object.entries(table).flatMap(([name, option]): [string, PagedOption][] => {
    const { page } = option;
    return page ? [[name, { ...option, page }]] : [];
  });
}

/** A field with its label; it is named as the parameter of a query. */
export function fieldOf(name: string, option: PagedOption): HTMLLabelElement {
  const { page: { label, choices, initial = option.default ?? "" } } = option;
  const field = choices ? selectOf(choices) : inputOf(option);
  field.name = kebabCase(name);
  field.value = String(initial);
  return make("label", {}, `${label} `, field);
}

function inputOf({ http, page }: PagedOption): HTMLInputElement {
  return http?.bounds
    ? make("input", { type: "number", ...limitsOf(http.bounds, page) })
    : make("input", { type: "text", placeholder: http?.schema.example ?? "" });
}

/** A group of buttons of which one is pressed, the first of them at first. */
export function radiosOf(name: string, { page: { label, choices = {} } }: PagedOption) {
  const buttons = Object.entries(choices).map(([value, words], i) => {
    const [called, ...more] = words.split(": ");
    const small = more.length > 0 ? [" ", make("small", {}, more.join(": "))] : [];
    const button = make("input", { type: "radio", name: kebabCase(name), value });
    // As the form's reset has it, too.
    button.defaultChecked = i === 0;
    return make("label", {}, button, " ", make("span", {}, called, ...small));
  });
  return make("fieldset", {}, make("legend", {}, label), ...buttons);
}

/** A list to choose from. */
export function selectOf(choices: Readonly<Record<string, string>>): HTMLSelectElement {
  return make("select", {}, ...optionsOf(choices));
}

/** The entries of a list to choose from. */
export function optionsOf(choices: Readonly<Record<string, string>>): HTMLOptionElement[] {
  return Object.entries(choices).map(([value, words]) => make("option", { value }, words));
}

function limitsOf(
  { whole, multipleOf, least, above, most }: Bounds,
  page: PageField,
): Pick<HTMLInputElement, "min" | "max" | "step"> {
  const text = (value: number | undefined) => value === undefined ? "" : String(value);
  return {
    min: text(page.least ?? least ?? above),
    max: text(most),
    step: whole ? String(multipleOf ?? 1) : "any",
  };
}
