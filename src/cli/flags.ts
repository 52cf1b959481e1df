import { type Command, InvalidArgumentError, Option } from "commander";
import { InputError, kebabCase } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import { type Offered, offeredBy, type Options } from "../options/table.ts";

/** A flag that a table's option became. */
export class TableFlag extends Option {
  constructor(readonly entry: Offered) {
    const { kind, required, usual, placeholder = kind.placeholder, conflicts = [] } = entry;
    const long = `--${isTurnedOff(entry) ? "no-" : ""}${kebabCase(entry.name)}`;
    const names = entry.short === undefined ? long : `-${entry.short}, ${long}`;
    const isSaid = usual !== undefined && !("default" in entry);
    super(
      placeholder === "" ? names : `${names} <${placeholder}>`,
      entry.help + (required ? " (required)" : isSaid ? ` (default: ${usual})` : ""),
    );
    this.conflicts([...conflicts]);
    if (entry.group !== undefined) this.helpGroup(entry.group);
    if (placeholder === "") return;
    if (kind.choices) this.choices(kind.choices.map(String));
    this.argParser((text, before) => valueOf(entry, text, before));
    if (hasShownDefault(entry)) this.default(entry.default, usual);
  }
}

/**
 * Adds the flags of a table, the groups in the order in which the table first names them; an action
 * hears every option that the table's `OptionsOf` has, and none without those that are required.
 */
export function addFlags(command: Command, table: Options): Command {
  const offered = offeredBy(table, "cli");
  const groups = [undefined, ...new Set(offered.map(({ group }) => group))];
  for (const one of new Set(groups)) {
    for (const entry of offered.filter(({ group }) => group === one)) {
      command.addOption(new TableFlag(entry));
      if ("default" in entry && !hasShownDefault(entry)) {
        command.setOptionValueWithSource(entry.name, entry.default, "default");
      }
    }
  }
  return command.hook("preAction", (_, action) => {
    const given = action.opts();
    const missing = offered.find(({ name, required }) => required && given[name] === undefined);
    if (missing?.required) throw new InputError(missing.required);
  });
}

/** A switch that is on by default is turned off by its flag: `--no-flow`. */
function isTurnedOff(entry: Offered): boolean {
  return entry.default === true;
}

/** Nobody needs to read that a switch is off or that a list is empty. */
function hasShownDefault({ default: value }: Offered): boolean {
  return value !== undefined && typeof value !== "boolean" &&
    !(Array.isArray(value) && value.length === 0);
}

/** Reads a flag's text, as commander wants it said what is wrong with it. */
function valueOf({ kind, default: usual }: Offered, text: string, before: unknown): unknown {
  try {
    const value = kind.parse(text);
    return kind.add ? kind.add(before ?? usual, value) : value;
  } catch (error) {
    if (error instanceof InputError) throw new InvalidArgumentError(error.render(FLAGS));
    throw error;
  }
}
