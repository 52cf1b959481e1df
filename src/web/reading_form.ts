import { InputError, option, phrase, type StackInfo } from "../core.ts";
import { STACK_INPUT, type StackReading } from "../options/stack_input.ts";
import { formatSizes } from "./display_text.ts";
import { byId } from "./dom.ts";
import { fieldOf, optionsOf, pagedOptions } from "./option_fields.ts";

const ASKED = pagedOptions(STACK_INPUT);

/** What the user says of a stack: its axes, its voxel size, and what of the file is read. */
export class ReadingForm {
  readonly #place = byId("reading", HTMLDetailsElement);
  readonly #fields = new Map(ASKED.map(([name, option]) => [name, fieldOf(name, option)]));

  /** `onRead` hears how the stack is to be read, `tell` what is no axes or voxel size. */
  constructor(onRead: (reading: StackReading) => Promise<void>, tell: (error: unknown) => void) {
    const apply = byId("reading-apply", HTMLButtonElement);
    apply.before(...this.#fields.values());
    apply.addEventListener("click", () => {
      try {
        onRead(readingFrom(this.#texts())).catch(tell);
      } catch (error) {
        tell(error);
      }
    });
  }

  /** Is open where the file left something open; a new stack is asked about anew. */
  offer({ sizes, voxelSize, series = [] }: StackInfo, reading: StackReading): void {
    const { z, x } = voxelSize;
    this.#place.hidden = false;
    const choice = this.#field("series");
    this.#fields.get("series")!.hidden = series.length === 0;
    if (Object.keys(reading).length > 0) return;
    this.#place.open = sizes.z === 1 || z === undefined || x === undefined || series.length > 0;
    choice.replaceChildren(...optionsOf({
      ...STACK_INPUT.series.page.choices,
      ...seriesChoices(series),
    }));
    for (const name of this.#fields.keys()) this.#field(name).value = "";
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.#fields.get(name)!.querySelector<HTMLInputElement | HTMLSelectElement>(
      "input, select",
    )!;
  }

  #texts(): Record<string, string> {
    return Object.fromEntries(
      [...this.#fields.keys()].map((name) => [name, this.#field(name).value]),
    );
  }
}

/** A file's stacks by their numbers, as a list to choose from. */
export function seriesChoices(series: StackInfo["series"] = []): Record<string, string> {
  return Object.fromEntries(
    series.map(({ name, sizes }, i) => [i + 1, `${i + 1}: ${name} (${formatSizes(sizes)})`]),
  );
}

/** Reads what was typed; throws an InputError that names the field. Empty fields say nothing. */
export function readingFrom(texts: Readonly<Record<string, string>>): StackReading {
  return Object.fromEntries(
    ASKED.flatMap(([name, { http }]): [string, unknown][] => {
      const text = texts[name]?.trim() ?? "";
      if (text === "" || !http) return [];
      try {
        return [[name, http.parse(text)]];
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        throw new InputError(phrase`${option(name)}: ${error.said}`);
      }
    }),
  );
}
