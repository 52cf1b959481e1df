import { basename, join } from "node:path";
import { InputError, readModel } from "../core.ts";
import { MODEL_NAME } from "../options/kinds.ts";
import { BUNDLED_MODELS, bundledModel } from "./bundled_models.ts";
import { exists, isFolder, readWhole, writeWhole } from "./local_files.ts";

const ENDINGS = [".safetensors", ".pt", ".pth"];

/** The folder of the user's own models; undefined where the environment names no place for it. */
export function ownModelsFolder(): string | undefined {
  const home = Deno.env.get("HOME");
  const usual = Deno.build.os === "windows" ? Deno.env.get("LOCALAPPDATA") : home &&
    join(home, Deno.build.os === "darwin" ? "Library/Application Support" : ".local/share");
  const data = Deno.env.get("XDG_DATA_HOME") || usual;
  return data ? join(data, "zaugnet", "models") : undefined;
}

/** A model of the user's own folder. */
export interface OwnModel {
  readonly name: string;
  readonly path: string;
}

/** The models of the user's own folder, by name. */
export async function ownModels(): Promise<OwnModel[]> {
  const folder = ownModelsFolder();
  if (folder === undefined || !await isFolder(folder)) return [];
  const found: OwnModel[] = [];
  for await (const { name: file, isDirectory } of Deno.readDir(folder)) {
    const ending = ENDINGS.find((ending) => file.endsWith(ending));
    if (isDirectory || ending === undefined) continue;
    found.push({ name: basename(file, ending), path: join(folder, file) });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * The file of a model that is named by its path, or by the name of one that comes with the program
 * or is in the user's own folder. Throws an InputError where the name could mean two files.
 */
export async function modelPath(given: string): Promise<string> {
  const own = (await ownModels()).filter(({ name }) => name === given);
  const named = [...[bundledModel(given)].filter((model) => model !== undefined), ...own];
  const isFile = await exists(given) && !await isFolder(given);
  if (named.length === 0) {
    if (isFile || /[./\\]/.test(given)) return given;
    const names = [...BUNDLED_MODELS, ...await ownModels()].map(({ name }) => name);
    throw new InputError(
      `There is no file ${given}, nor a model of that name; there are ${names.join(", ")}.`,
    );
  }
  if (isFile) {
    throw new InputError(
      `${given} is a file here and the name of a model: write ./${given} for the file, or ` +
        `${named[0].path} for the model.`,
    );
  }
  if (named.length === 1) return named[0].path;
  throw new InputError(
    `Two models are named ${given}: remove one of ${named.map(({ path }) => path).join(" and ")}.`,
  );
}

/** Keeps a copy of a checkpoint under a name, in the user's own folder, and tells its path. */
export async function addOwnModel(file: string, name: string): Promise<string> {
  if (bundledModel(name)) {
    throw new InputError(`${name} is a model that comes with the program: take another name.`);
  }
  if (!MODEL_NAME.test(name)) {
    throw new InputError(
      `${name} can't be a model's name: take up to 64 letters, digits, ".", "_", "+" and "-", a ` +
        "letter or digit first.",
    );
  }
  const folder = ownModelsFolder();
  if (folder === undefined) {
    throw new InputError("There is no place for models of your own: set XDG_DATA_HOME or HOME.");
  }
  const there = (await ownModels()).find((model) => model.name === name);
  if (there) {
    throw new InputError(
      `There is a model ${name}: take another name, or remove ${there.path} first.`,
    );
  }
  const bytes = await readWhole(file);
  readModel(bytes, basename(file));
  const ending = ENDINGS.find((ending) => file.endsWith(ending)) ?? ".safetensors";
  const path = join(folder, `${name}${ending}`);
  await writeWhole(path, bytes);
  return path;
}
