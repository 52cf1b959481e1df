import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError, naturalOrder, type StackInfo } from "../core.ts";
import type { DataFolder } from "./data_folder.ts";
import { exists, openFile } from "../files/local_files.ts";
import { spreadPath } from "../files/output_files.ts";
import type { JobQueue } from "./queue.ts";
import { checkSequence, checkStack, type InputReading } from "./input_check.ts";
import { type ReceivedFile, receiveFile } from "./received_file.ts";
import { type StoredFile, storedFile } from "./stored_file.ts";

/** What can be downloaded of a job. */
export type JobFile = "stack" | "spread" | "model" | "metrics" | "curves" | "validation";

/** A stack that was received and read once to its end. */
export interface ReceivedStack extends ReceivedFile {
  readonly info: StackInfo;
  /** How many files it is, of a sequence. */
  readonly parts?: number;
}

/** A file of a sequence, and what the client calls it. */
export interface ReceivedPart extends ReceivedFile {
  readonly name: string;
}

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
    if (model === undefined) return id;
    try {
      await this.keepModel(id, model);
      return id;
    } catch (error) {
      await this.discard(id);
      throw error;
    }
  }

  /** Keeps a model for a job, as it is now. Throws an InputError where it has been removed. */
  async keepModel(id: string, model: string): Promise<void> {
    const [file, kept] = [this.#data.model(model), this.#data.job(id).model];
    if (file === undefined) throw new Error(`${model} can't be the name of a model`);
    try {
      // Models are replaced, never changed, so that a second name of the file is enough, where the
      // file system has such and the service may give one.
      await Deno.link(file, kept).catch(() => Deno.copyFile(file, kept));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new InputError(`The model ${model} has just been removed.`);
    }
  }

  /**
   * Streams the next input into a job's folder and reads it as a stack, each slice once. Throws an
   * InputError for what is not a whole stack, and what `body` throws; either leaves no file.
   */
  async receive(
    id: string,
    body: ReadableStream<Uint8Array>,
    how: InputReading = { reading: {} },
  ): Promise<ReceivedStack> {
    const { found: info, ...received } = await receiveFile(
      await this.#nextInput(id),
      body,
      (partial) => checkStack(partial, how, this.#mostSamples),
    );
    return { ...received, info };
  }

  /** Streams a file of a sequence into a job's folder; {@link sequenceOf} reads it. */
  async receivePart(
    id: string,
    name: string,
    body: ReadableStream<Uint8Array>,
  ): Promise<ReceivedPart> {
    const path = await this.#nextInput(id);
    const { found: _, ...received } = await receiveFile(path, body, () => Promise.resolve());
    return { ...received, name };
  }

  /**
   * Puts the files that were received in the natural order of their names and reads them as one
   * stack. Throws an InputError for what is none.
   */
  async sequenceOf(
    id: string,
    received: readonly ReceivedPart[],
    how: InputReading,
  ): Promise<ReceivedStack> {
    const folder = this.#data.job(id);
    const inOrder = received
      .map((part, i) => ({ ...part, path: folder.input(i + 1) }))
      .toSorted((a, b) => naturalOrder(a.name, b.name));
    for (const { path } of inOrder) await Deno.rename(path, `${path}.unordered`);
    for (const [i, { path }] of inOrder.entries()) {
      await Deno.rename(`${path}.unordered`, folder.input(i + 1));
    }
    const files = inOrder.map(({ name }, i) => ({
      name: name || `file ${i + 1}`,
      open: () => openFile(folder.input(i + 1)),
    }));
    const hash = createHash("sha256");
    for (const { sha256 } of inOrder) hash.update(sha256);
    return {
      bytes: inOrder.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: hash.digest("hex"),
      parts: inOrder.length,
      info: await checkSequence(files, how, this.#mostSamples),
    };
  }

  async #nextInput(id: string): Promise<string> {
    const folder = this.#data.job(id);
    let number = 1;
    while (await exists(folder.input(number))) number++;
    return folder.input(number);
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
}

/** The validation picture of the last epoch that has one. */
async function lastPicture(run: string): Promise<string | undefined> {
  const names = await readdir(run).catch(() => []);
  const epochs = names.flatMap((name) => name.match(/^validation-(\d+)\.png$/)?.slice(1) ?? []);
  return epochs.length === 0 ? undefined : `validation-${Math.max(...epochs.map(Number))}.png`;
}
