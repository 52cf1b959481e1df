import type { Command } from "commander";
import { zaugnetProgram } from "../src/cli/commands.ts";
import { TableFlag } from "../src/cli/flags.ts";
import type { Offered } from "../src/options/table.ts";
import { formatted } from "./formatted.ts";

const BEGINNING = `# The command line

Made by \`deno task docs\` from the tables in \`src/options\`; \`--help\` after a command says the
same. Where a query's parameter is named, a service takes the option, too, by that name and with the
values of the flag ([api.md](api.md)).
`;

/** docs/cli.md: every command with its flags, before it is formatted. */
export function cliDocument(): string {
  const commands = zaugnetProgram().commands
    // What has parts may be a command itself, which has flags then.
    .flatMap((command) =>
      command.commands.length === 0 || command.options.length > 0
        ? [command, ...command.commands]
        : command.commands
    );
  const sections = commands.map((command) => section(`deno task ${taskOf(command)}`, command));
  return [BEGINNING, ...sections].join("\n");
}

/** The same as `deno fmt` has it. */
export function formattedDocument(): Promise<string> {
  return formatted(cliDocument(), "md");
}

/** A checkout's words for a command; the service has a task of its own. */
function taskOf(command: Command): string {
  return command.name() === "serve" ? "serve" : `zaugnet ${pathOf(command)}`;
}

/** "analyse lengths". */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

function section(words: string, command: Command): string {
  const flags = command.options.filter((option) => option instanceof TableFlag);
  const isService = flags.some(({ entry }) => entry.http);
  const groups = [...new Set(flags.map(({ entry }) => entry.group))];
  const tables = groups.flatMap((group) => [
    ...group === undefined ? [] : [`**${group.replace(/:$/, "")}**`],
    table(flags.filter(({ entry }) => entry.group === group), isService),
  ]);
  const [, , , ...title] = words.split(" ");
  return [
    `## ${title.join(" ") || command.name()}`,
    command.description().replaceAll("\n", " "),
    `\`\`\`sh\n${words} ${command.usage()}\n\`\`\``,
    ...tables,
  ].join("\n\n") + "\n";
}

function table(flags: readonly TableFlag[], isService: boolean): string {
  const columns = ["flag", "what it does", "default", ...isService ? ["in a query"] : []];
  const rows = flags.map(({ flags: names, entry }) => [
    `\`${names}\``,
    wordsOf(entry),
    entry.usual ?? usualOf(entry.default),
    ...isService ? [entry.http ? `\`${names.match(/--([\w-]+)/)![1]}\`` : ""] : [],
  ]);
  return [columns, columns.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function wordsOf({ help, required, more, kind: { choices } }: Offered): string {
  const values = choices?.map((choice) => `\`${choice}\``).join(", ");
  return `${help}${required ? " (required)" : ""}${values ? `: ${values}` : ""}` +
    (more ? `. ${more}` : "");
}

/** A switch is off, and a list empty, without a word. */
function usualOf(value: unknown): string {
  const isSilent = value === undefined || typeof value === "boolean" || Array.isArray(value);
  return isSilent ? "" : String(value);
}
