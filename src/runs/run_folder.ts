import { join } from "node:path";
import { InputError, option, phrase } from "../core.ts";
import { exists, explained, readWhole, writeWhole } from "../files/local_files.ts";
import { configBytes, parseConfig, type RunConfig } from "./train_config.ts";

const CHECKPOINT = /^step-(\d+)\.safetensors$/;

/** What a run writes once it has a config.json. */
const REPLACED = ["metrics.jsonl", "model.safetensors", "best.safetensors", "curves.svg"];

/** A line of metrics.jsonl: numbers by name, of a step or of an epoch. */
export interface MetricsLine {
  readonly kind: "step" | "epoch";
  /** Steps done. */
  readonly step: number;
  readonly epoch: number;
  readonly [name: string]: unknown;
}

/**
 * The folder of a training run. Files get their names only when they are whole, and config.json is
 * written after the first checkpoint: a folder that has one can always be resumed.
 */
export class RunFolder {
  constructor(readonly path: string) {}

  /** Throws an InputError where the folder holds a run already, or what a run would replace. */
  async refuseOther(): Promise<void> {
    if (!await exists(this.#file("config.json"))) return await this.#refuseForeign();
    throw new InputError(
      phrase`${this.path} already holds a run: go on with it (${option("resume", this.path)}), or
        choose another ${option("output")}.`,
    );
  }

  async #refuseForeign(): Promise<void> {
    for (const name of REPLACED) {
      if (!await exists(this.#file(name))) continue;
      throw new InputError(
        phrase`${this.#file(name)} would be replaced: choose another ${option("output")}.`,
      );
    }
  }

  /** Removes the checkpoints of a run that was ended before it had begun. */
  async clear(): Promise<void> {
    for (const step of await this.#checkpointSteps()) await this.#remove(step);
  }

  async readConfig(): Promise<RunConfig> {
    const path = this.#file("config.json");
    if (await exists(path)) return parseConfig(await readWhole(path), path);
    throw new InputError(`${this.path} holds no training run: it has no config.json.`);
  }

  writeConfig(config: RunConfig): Promise<void> {
    return this.write("config.json", configBytes(config));
  }

  write(name: string, bytes: Uint8Array): Promise<void> {
    return writeWhole(this.#file(name), bytes);
  }

  /** Writes a checkpoint, then removes those before the last `keep`. */
  async writeCheckpoint(step: number, bytes: Uint8Array, keep: number): Promise<void> {
    await this.write(`checkpoints/${checkpointName(step)}`, bytes);
    for (const old of (await this.#checkpointSteps()).slice(0, -keep)) await this.#remove(old);
  }

  /** The last checkpoint. */
  async readCheckpoint(): Promise<{ name: string; bytes: Uint8Array }> {
    const step = (await this.#checkpointSteps()).at(-1);
    if (step === undefined) throw new InputError(`${this.path} has no checkpoint to go on from.`);
    const name = `checkpoints/${checkpointName(step)}`;
    return { name, bytes: await readWhole(this.#file(name)) };
  }

  /** Removes the checkpoints from a step on, but never the only one. */
  async dropCheckpointsFrom(step: number): Promise<void> {
    const [, ...others] = await this.#checkpointSteps();
    for (const other of others.filter((other) => other >= step)) await this.#remove(other);
  }

  /** Appends a line to metrics.jsonl. */
  async appendMetrics(line: MetricsLine): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    const path = this.#file("metrics.jsonl");
    await explained(path, () => Deno.writeTextFile(path, text, { append: true }));
  }

  /** Cuts off what was written after a step, a line that was not finished included. */
  async cutMetrics(step: number): Promise<MetricsLine[]> {
    const path = this.#file("metrics.jsonl");
    if (!await exists(path)) return [];
    const kept = new TextDecoder().decode(await readWhole(path)).split("\n")
      .flatMap(parseLine).filter((line) => line.step <= step);
    const text = kept.map((line) => `${JSON.stringify(line)}\n`).join("");
    await this.write("metrics.jsonl", new TextEncoder().encode(text));
    return kept;
  }

  #file(name: string): string {
    return join(this.path, name);
  }

  #remove(step: number): Promise<void> {
    const path = this.#file(`checkpoints/${checkpointName(step)}`);
    return explained(path, () => Deno.remove(path));
  }

  /** Steps with a checkpoint, ascending. */
  async #checkpointSteps(): Promise<number[]> {
    const folder = this.#file("checkpoints");
    if (!await exists(folder)) return [];
    const steps: number[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      const match = name.match(CHECKPOINT);
      if (match) steps.push(Number(match[1]));
    }
    return steps.sort((a, b) => a - b);
  }
}

function checkpointName(step: number): string {
  return `step-${String(step).padStart(6, "0")}.safetensors`;
}

function parseLine(text: string): MetricsLine[] {
  try {
    return text === "" ? [] : [JSON.parse(text)];
  } catch {
    return [];
  }
}
