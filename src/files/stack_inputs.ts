import { basename, dirname, join } from "node:path";
import { InputError, naturalOrder, option, phrase } from "../core.ts";
import { exists, isFolder } from "./local_files.ts";
import type { StackPath } from "./stack_path.ts";

const TIFF = /\.tiff?$/i;

/** Characters that make a pattern of a path. */
const WILD = /[*?[]/;

/**
 * The stacks that paths, folders and patterns name, each once, the files of each in natural order.
 * With `sequence`, each folder, each pattern, and all files that are named one by one are a stack.
 * Throws an InputError for what names no file.
 */
export async function expandInputs(
  inputs: readonly string[],
  sequence = false,
): Promise<StackPath[]> {
  const files: string[] = [];
  const groups: string[][] = [];
  for (const input of inputs) {
    const isFile = !await isFolder(input) && await exists(input);
    const found = isFile ? [input] : await isFolder(input) ? await stacksIn(input) : await matches(
      input,
    );
    if (isFile || !sequence) files.push(...found);
    else groups.push(found);
  }
  const named = [...new Set(files)];
  if (!sequence) return named;
  return [...groups, ...named.length > 0 ? [named] : []];
}

/** As {@link expandInputs} does, of one argument that is to be one stack. */
export async function expandInput(input: string, sequence = false): Promise<StackPath> {
  if (!sequence && await isFolder(input)) {
    throw new InputError(
      phrase`${input} is a folder: if each of its files is a slice of one stack, say so with
        ${option("sequence")}.`,
    );
  }
  return sequence ? (await expandInputs([input], true))[0] : input;
}

async function stacksIn(folder: string): Promise<string[]> {
  const names = await namesIn(folder, (name) => TIFF.test(name));
  if (names.length > 0) return names.map((name) => join(folder, name));
  throw new InputError(`There is no TIFF in ${folder}.`);
}

/** Files by a pattern with *, ? and [12] in any part; a shell mostly has resolved it before. */
async function matches(pattern: string): Promise<string[]> {
  const found = WILD.test(pattern) ? await pathsOf(pattern) : [];
  const files: string[] = [];
  for (const path of found) if (!await isFolder(path)) files.push(path);
  if (files.length > 0) return files;
  throw new InputError(
    WILD.test(pattern) ? `No file matches ${pattern}.` : `There is no file ${pattern}.`,
  );
}

/** What there is by a pattern, part after part of the path. */
async function pathsOf(pattern: string): Promise<string[]> {
  const folder = dirname(pattern);
  const folders = WILD.test(folder) ? await pathsOf(folder) : [folder];
  const wanted = basename(pattern);
  const found: string[] = [];
  for (const parent of folders) {
    if (!WILD.test(wanted)) {
      const path = join(parent, wanted);
      if (await exists(path)) found.push(path);
    } else if (await isFolder(parent)) {
      const like = likeness(wanted);
      const names = await namesIn(parent, (name) => like.test(name));
      found.push(...names.map((name) => join(parent, name)));
    }
  }
  return found;
}

/** The expression of a name's pattern: `[12]` is one of the two, `[!12]` neither. */
function likeness(pattern: string): RegExp {
  const source = pattern.replace(
    /\[(!?)([^\]]+)\]|[*?]|[.+^${}()|[\]\\]/g,
    (part, not: string | undefined, among: string | undefined) => {
      if (among !== undefined) {
        return `[${not ? "^" : ""}${among.replace(/[\\^\]]/g, "\\$&")}]`;
      }
      return { "*": ".*", "?": "." }[part] ?? `\\${part}`;
    },
  );
  return new RegExp(`^${source}$`);
}

/** Names in a folder, in natural order; hidden ones, such as macOS's "._stack.tif", never. */
async function namesIn(folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(".") && isWanted(name)) names.push(name);
  }
  return names.sort(naturalOrder);
}
