import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { type Model, parameterCount, readModel, writeModel } from "../core.ts";
import { BUNDLED_MODELS, type BundledModel, bundledModel } from "../files/bundled_models.ts";
import type { DataFolder } from "./data_folder.ts";
import { PayloadTooLarge, receiveFile } from "./received_file.ts";
import { type StoredFile, storedFile } from "./stored_file.ts";

/** A checkpoint is read as a whole; those with all that training needs have some 250 MB. */
const MOST_BYTES = 2 ** 30;

/** What is known of a model that is kept. */
export interface StoredModel {
  readonly name: string;
  readonly variant: Model["variant"];
  readonly parameters: number;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  readonly notes: readonly string[];
  /** Of one that comes with the program, which nobody can replace or remove. */
  readonly bundled?: Pick<BundledModel, "about" | "licence" | "trainedOn">;
}

/** The models of a data folder, which an administrator may also copy there by hand. */
export class ModelStore {
  readonly #data: DataFolder;
  /** By the file's etag, since reading a model takes time. */
  readonly #known = new Map<string, Promise<StoredModel>>();

  constructor(data: DataFolder) {
    this.#data = data;
  }

  /** All of the folder that can be read, by name. */
  async list(): Promise<readonly StoredModel[]> {
    const files = (await readdir(this.#data.models)).filter((name) =>
      name.endsWith(".safetensors")
    );
    const models = files.sort().map((file) => this.get(basename(file, ".safetensors")));
    const found = await Promise.all(models.map((model) => model.catch(() => undefined)));
    return found.filter((model) => model !== undefined);
  }

  /** Undefined where there is none. Throws a CheckpointError where the file is not a model. */
  async get(name: string): Promise<StoredModel | undefined> {
    const bundled = bundledModel(name);
    if (bundled) return factsOf(bundled);
    const path = this.#data.model(name);
    const file = path && await storedFile(path);
    if (!file) return undefined;
    const key = `${name}/${file.etag}`;
    const known = this.#known.get(key) ?? describe(path, name);
    this.#known.set(key, known);
    return await known;
  }

  /** The model's file; undefined where there is none. */
  async open(name: string): Promise<StoredFile | undefined> {
    const path = this.#data.model(name);
    return path === undefined ? undefined : await storedFile(path);
  }

  /**
   * Keeps a checkpoint under a name, as safetensors, in place of one that was there; readers of
   * that one finish with it. Throws a CheckpointError for what is none, and what `body` throws;
   * either leaves nothing behind. The name is no {@link bundledModel}'s.
   */
  async put(name: string, body: ReadableStream<Uint8Array>): Promise<StoredModel> {
    const path = bundledModel(name) ? undefined : this.#data.model(name);
    if (!path) throw new Error(`${name} can't be the name of a model`);
    // Two may come under one name at once: each is written to a separate file until it is whole.
    const own = `${this.#data.models}/${crypto.randomUUID()}`;
    await receiveFile(own, body, async (partial) => {
      const { size } = await Deno.stat(partial);
      if (size > MOST_BYTES) throw new PayloadTooLarge("A model has 1 GiB at most.");
      const bytes = await Deno.readFile(partial);
      const model = readModel(bytes, name);
      if (!isSafetensors(bytes)) await Deno.writeFile(partial, writeModel(model));
    });
    await Deno.rename(own, path);
    return (await this.get(name))!;
  }

  /** False where there was none that can be removed. */
  async remove(name: string): Promise<boolean> {
    const path = bundledModel(name) ? undefined : this.#data.model(name);
    return path !== undefined && await Deno.remove(path).then(() => true, () => false);
  }
}

/** The models that come with the program, which every store has beside its own. */
export function bundledModels(): StoredModel[] {
  return BUNDLED_MODELS.map(factsOf);
}

function factsOf(model: BundledModel): StoredModel {
  const { name, variant, parameters, bytes, sha256, about, licence, trainedOn } = model;
  const bundled = { about, licence, trainedOn };
  return { name, variant, parameters, bytes, sha256, notes: [], bundled };
}

async function describe(path: string, name: string): Promise<StoredModel> {
  const bytes = await Deno.readFile(path);
  const model = readModel(bytes, name);
  return {
    name,
    variant: model.variant,
    parameters: parameterCount(model),
    notes: model.notes,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

/** A safetensors file has JSON after the length of it; a .pt is a zip or a pickle. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b;
}
