import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { BUNDLED_MODELS, type BundledModel, bundledModel } from "../files/bundled_models.ts";
import type { DataFolder } from "./data_folder.ts";
import type { Parsing } from "./parsing.ts";
import type { ModelFacts } from "./parsing_worker.ts";
import { PayloadTooLarge, receiveFile } from "./received_file.ts";
import { type StoredFile, storedFile } from "./stored_file.ts";

/** A checkpoint is read as a whole; those with all that training needs have some 250 MB. */
const MOST_BYTES = 2 ** 29;

/** What is known of a model that is kept. */
export interface StoredModel extends ModelFacts {
  readonly name: string;
  /** Of one that comes with the program, which nobody can replace or remove. */
  readonly bundled?: Pick<BundledModel, "about" | "licence" | "trainedOn">;
}

/** The models of a data folder, which an administrator may also copy there by hand. */
export class ModelStore {
  readonly #data: DataFolder;
  readonly #parsing: Parsing;
  /** By the file's etag, since reading a model takes time. */
  readonly #known = new Map<string, Promise<StoredModel>>();

  constructor(data: DataFolder, parsing: Parsing) {
    this.#data = data;
    this.#parsing = parsing;
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
    const known = this.#known.get(key) ??
      this.#parsing.call("model", { path, name }).then((facts) => ({ name, ...facts }));
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
      if (size > MOST_BYTES) throw new PayloadTooLarge("A model has 512 MiB at most.");
      await this.#parsing.call("convert", { path: partial, name });
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
