import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError, type Message, option, phrase, withTexts } from "../core.ts";
import { MODEL_NAME } from "../options/kinds.ts";
import { BUNDLED_MODELS, bundledModel } from "../files/bundled_models.ts";
import { exists, isFolder } from "../files/local_files.ts";
import type { StackPath } from "../files/stack_path.ts";
import { spreadPath } from "../files/output_files.ts";

const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The service's files: `queue.sqlite`, `models/<name>.safetensors`, and `jobs/<id>/` with inputs
 * and results. Every path to them is made here, from names and ids that were checked.
 */
export class DataFolder {
  readonly #lock: Deno.FsFile;

  private constructor(readonly path: string, lock: Deno.FsFile) {
    this.#lock = lock;
  }

  /**
   * Makes the folder where it is missing. Throws an InputError where another service has it; those
   * with one queue on a server share it.
   */
  static async open(path: string, shared = false): Promise<DataFolder> {
    for (const name of ["models", "jobs"]) {
      await Deno.mkdir(join(path, name), { recursive: true });
    }
    const lock = await Deno.open(join(path, "lock"), { read: true, write: true, create: true });
    // The system gives the lock back when the process ends, however it ends.
    if (await lock.tryLock(!shared)) {
      const folder = new DataFolder(path, lock);
      await folder.#refuseBundledNames();
      return folder;
    }
    lock.close();
    const which = shared ? phrase`A service without ${option("queue")}` : "Another service";
    throw new InputError(
      phrase`${which} uses ${path}: stop it, or choose another ${option("data")}.`,
    );
  }

  /** A file under the name of a model that comes with the program would never be used. */
  async #refuseBundledNames(): Promise<void> {
    for (const { name } of BUNDLED_MODELS) {
      const file = join(this.models, `${name}.safetensors`);
      if (!await exists(file)) continue;
      this.close();
      throw new InputError(
        `${file} has the name of a model that comes with the program: rename the file.`,
      );
    }
  }

  get queue(): string {
    return join(this.path, "queue.sqlite");
  }

  get models(): string {
    return join(this.path, "models");
  }

  get jobs(): string {
    return join(this.path, "jobs");
  }

  /** Throws where the folder is gone, as one of another machine may be. */
  async check(): Promise<void> {
    if (!await isFolder(this.jobs)) throw new Error(`The data folder ${this.path} is gone`);
  }

  /** A model's file, of those that come with the program, too; undefined for what can be no name. */
  model(name: string): string | undefined {
    const bundled = bundledModel(name);
    if (bundled) return bundled.path;
    return MODEL_NAME.test(name) ? join(this.models, `${name}.safetensors`) : undefined;
  }

  /** A job's files. Throws for what is not an id of ours. */
  job(id: string): JobFolder {
    if (!JOB_ID.test(id)) throw new Error(`${id} is not an id of a job`);
    return new JobFolder(join(this.jobs, id));
  }

  /** The ids of all jobs that have a folder. */
  async jobIds(): Promise<string[]> {
    return (await readdir(this.jobs)).filter((name) => JOB_ID.test(name));
  }

  close(): void {
    this.#lock.close();
  }
}

/** The files of one job. */
export class JobFolder {
  constructor(readonly path: string) {}

  /** A stack that was uploaded, counted from 1. */
  input(number: number): string {
    return join(this.path, `input-${number}.tif`);
  }

  /** A stack that was uploaded, counted from 1; that of a sequence is all files. */
  stack(number: number, parts?: number): StackPath {
    if (parts === undefined) return this.input(number);
    return Array.from({ length: parts }, (_, i) => this.input(i + 1));
  }

  /** The model that it is made with, as it was when the job was taken on. */
  get model(): string {
    return join(this.path, "model.safetensors");
  }

  output(format: "imagej" | "ome"): string {
    return join(this.path, format === "ome" ? "output.ome.tif" : "output.tif");
  }

  /** What an attempt, counted from 1, makes of it: one that lost its job may still be writing. */
  attempt(number: number, format: "imagej" | "ome"): string {
    return join(this.path, `attempt-${number}-${basename(this.output(format))}`);
  }

  /** Gives what an attempt made its name; the stack comes last, so that it stands for all. */
  async keep(attempt: number, format: "imagej" | "ome", withSpread = false): Promise<void> {
    const [made, output] = [this.attempt(attempt, format), this.output(format)];
    if (withSpread) await Deno.rename(spreadPath(made), spreadPath(output));
    await Deno.rename(made, output);
  }

  /** Removes what attempts before this one left. */
  async removeAttemptsBefore(number: number): Promise<void> {
    for (const name of await readdir(this.path)) {
      const attempt = name.match(/^attempt-(\d+)-/)?.[1];
      if (Number(attempt) < number) await Deno.remove(join(this.path, name)).catch(() => {});
    }
  }

  /** The folder of a training. */
  get run(): string {
    return join(this.path, "run");
  }

  /** A sentence without the paths of this machine, for a client. */
  withoutPaths(said: Message): Message {
    return withTexts(
      said,
      (text) => text.replaceAll(`${this.path}/`, "").replaceAll(this.path, "the job"),
    );
  }
}
