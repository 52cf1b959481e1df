import { basename } from "node:path";
import { type Device, NetworkInterpolator, readModel } from "../core.ts";
import { readWhole } from "../files/local_files.ts";
import { provenanceOf } from "../files/provenance.ts";
import type { SliceBatcher } from "./slice_batcher.ts";
import { storedFile } from "./stored_file.ts";
import type { PredictionSetup } from "../files/tuning.ts";

/** Models that stay on the device beside those in use. */
const MOST = 2;

/** A model on the device. */
export interface LoadedModel {
  readonly network: NetworkInterpolator;
  /** For the metadata of what it predicts; its file's name is the caller's to say. */
  readonly provenance: Readonly<Record<string, string>>;
  /** For slices at once, by the sides of the planes. */
  readonly batchers: Map<string, SliceBatcher>;
}

interface Kept {
  readonly loaded: Promise<LoadedModel>;
  users: number;
}

/** The models that were used last, on the device. */
export class ModelCache {
  readonly #device: Device;
  readonly #setup: PredictionSetup;
  /** By the file, whatever it is called; the one that was used last comes last. */
  readonly #kept = new Map<string, Kept>();

  constructor(device: Device, setup: PredictionSetup) {
    this.#device = device;
    this.#setup = setup;
  }

  /** Works with the model of a file, which stays on the device until the work is done. */
  async use<T>(path: string, work: (model: LoadedModel) => Promise<T>): Promise<T> {
    const file = await storedFile(path);
    const key = file?.etag ?? path;
    const kept = this.#kept.get(key) ?? { loaded: this.#load(path), users: 0 };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.users++;
    try {
      return await work(await kept.loaded);
    } catch (error) {
      if (await kept.loaded.then(() => false, () => true)) this.#kept.delete(key);
      throw error;
    } finally {
      kept.users--;
      await this.#tidy();
    }
  }

  async #load(path: string): Promise<LoadedModel> {
    const bytes = await readWhole(path);
    const model = readModel(bytes, basename(path));
    const { precision, made } = this.#setup;
    const network = new NetworkInterpolator(this.#device, model, precision);
    const provenance = { ...await provenanceOf(path, bytes, model), ...made };
    return { network, provenance, batchers: new Map() };
  }

  async #tidy(): Promise<void> {
    const idle = [...this.#kept].filter(([, { users }]) => users === 0);
    for (const [key, { loaded }] of idle.slice(0, Math.max(0, this.#kept.size - MOST))) {
      this.#kept.delete(key);
      (await loaded).network.dispose();
    }
  }
}
