import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError, openStack, type StackInfo } from "../core.ts";
import type { DataFolder } from "./data_folder.ts";
import { exists, openFile } from "../files/local_files.ts";
import { spreadPath } from "../files/output_files.ts";
import type { JobQueue } from "./queue.ts";
import { PayloadTooLarge, type ReceivedFile, receiveFile } from "./received_file.ts";
import { type StoredFile, storedFile } from "./stored_file.ts";

/** What can be downloaded of a job. */
export type JobFile = "stack" | "spread" | "model" | "metrics" | "curves" | "validation";

/** A stack that was received and read once to its end. */
export interface ReceivedStack extends ReceivedFile {
  readonly info: StackInfo;
}

/** Milliseconds for which a stack is read without a pause for others. */
const SLICE_OF_TIME = 20;

/** The folders of jobs: what was uploaded for them and what they made. */
export class JobFiles {
  readonly #data: DataFolder;
  readonly #queue: JobQueue;
  readonly #mostSamples: number;

  constructor(
    data: DataFolder,
    queue: JobQueue,
    /** Samples that a stack may have. */
    mostSamples: number,
  ) {
    this.#data = data;
    this.#queue = queue;
    this.#mostSamples = mostSamples;
  }

  /**
   * Makes the folder of a new job and tells its id; keeps `model` for it as it is now. Throws an
   * InputError where that has been removed meanwhile.
   */
  async create(model?: string): Promise<string> {
    const id = crypto.randomUUID();
    const folder = this.#data.job(id);
    await Deno.mkdir(folder.path);
    const file = model === undefined ? undefined : this.#data.model(model);
    // Models are replaced, never changed, so that a second name of the file is enough, where the
    // file system has such.
    if (!file) return id;
    try {
      await Deno.link(file, folder.model).catch(() => Deno.copyFile(file, folder.model));
      return id;
    } catch (error) {
      await this.discard(id);
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new InputError(`The model ${model} has just been removed.`);
    }
  }

  /**
   * Streams the next input into a job's folder and reads it as a stack, each slice once. Throws an
   * InputError for what is not a whole stack, and what `body` throws; either leaves no file.
   */
  async receive(id: string, body: ReadableStream<Uint8Array>): Promise<ReceivedStack> {
    const folder = this.#data.job(id);
    let number = 1;
    while (await exists(folder.input(number))) number++;
    const { found: info, ...received } = await receiveFile(
      folder.input(number),
      body,
      (partial) => this.#check(partial),
    );
    return { ...received, info };
  }

  /** A file that is whole; undefined where it is not there yet. */
  async open(id: string, file: JobFile): Promise<StoredFile | undefined> {
    const folder = this.#data.job(id);
    if (file === "stack" || file === "spread") {
      const outputs = [folder.output("imagej"), folder.output("ome")];
      const [imagej, ome] = file === "stack" ? outputs : outputs.map(spreadPath);
      return await storedFile(imagej) ?? await storedFile(ome);
    }
    const inRun = (name: string) => storedFile(join(folder.run, name));
    if (file === "model") {
      return await inRun("best.safetensors") ?? await inRun("model.safetensors");
    }
    if (file === "metrics") return await inRun("metrics.jsonl");
    if (file === "curves") return await inRun("curves.svg");
    const picture = await lastPicture(folder.run);
    return picture === undefined ? undefined : await inRun(picture);
  }

  /** Removes the folder of a job that never was in the queue, or no longer is. */
  async discard(id: string): Promise<void> {
    await Deno.remove(this.#data.job(id).path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  /** Forgets a job that ended: out of the queue, its folder removed. */
  async remove(id: string): Promise<void> {
    if (await this.#queue.remove(id)) await this.discard(id);
  }

  /** Removes jobs that ended before a time, and their folders. */
  async removeEndedBefore(time: number): Promise<void> {
    for (const id of await this.#queue.removeEndedBefore(time)) await this.discard(id);
  }

  /** Removes what a service that was killed left of uploads: folders of jobs that are in no queue. */
  async removeStrays(): Promise<void> {
    for (const id of await this.#data.jobIds()) {
      if (!await this.#queue.get(id)) await this.discard(id);
    }
  }

  /**
   * Removes folders of jobs that are in no queue and whose upload has been cut off for this long:
   * where other services use the folder, too, an upload that is under way looks alike.
   */
  async removeCutUploads(milliseconds: number): Promise<void> {
    for (const id of await this.#data.jobIds()) {
      const { path } = this.#data.job(id);
      const names = await readdir(path).catch(() => []);
      const upload = names.find((name) => /^input-.*\.partial$/.test(name));
      const stat = upload && await Deno.stat(join(path, upload)).catch(() => undefined);
      const isOld = stat && Date.now() - stat.mtime!.getTime() > milliseconds;
      if (isOld && !await this.#queue.get(id)) await this.discard(id);
    }
  }

  async #check(path: string): Promise<StackInfo> {
    const source = await openFile(path);
    try {
      // A file name of ours means nothing to a client, and no stack is made of several files here.
      const reader = await openStack({
        name: "the stack",
        size: source.size,
        read: (offset, length) => source.read(offset, length),
      });
      const { t, c, z, y, x } = reader.info.sizes;
      const samples = t * c * z * y * x;
      if (samples > this.#mostSamples) {
        throw new PayloadTooLarge(
          `The stack has ${samples} samples; this service takes ${this.#mostSamples}.`,
        );
      }
      let since = performance.now();
      for (let i = 0; i < t * c * z; i++) {
        await reader.readSlice(Math.floor(i / (c * z)), Math.floor(i / z) % c, i % z);
        if (performance.now() - since < SLICE_OF_TIME) continue;
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
      return reader.info;
    } finally {
      source.close();
    }
  }
}

/** The validation picture of the last epoch that has one. */
async function lastPicture(run: string): Promise<string | undefined> {
  const names = await readdir(run).catch(() => []);
  const epochs = names.flatMap((name) => name.match(/^validation-(\d+)\.png$/)?.slice(1) ?? []);
  return epochs.length === 0 ? undefined : `validation-${Math.max(...epochs.map(Number))}.png`;
}
