import {
  InputError,
  type Message,
  type Normalization,
  normalizerFor,
  openStack,
  option,
  phrase,
  TrainingData,
  type TrainingStack,
} from "../core.ts";
import { type FileSource, openFile } from "../files/local_files.ts";
import { readPositions } from "../files/read_positions.ts";
import type { RunConfig } from "./train_config.ts";

/** Training data whose stacks stay open until it is closed. */
export interface OpenData {
  readonly data: TrainingData;
  close(): void;
}

/** The part of a configuration that says what is learnt from. */
export type DataConfig = Omit<RunConfig, "fingerprint" | "limits" | "checkpoints">;

/** Opens and surveys the stacks of a run; `say` hears what was found. */
export async function openData(
  config: DataConfig,
  signal: AbortSignal,
  say: (line: Message) => void,
): Promise<OpenData> {
  const files: FileSource[] = [];
  let data: TrainingData | undefined;
  const close = () => {
    data?.close();
    files.forEach((file) => file.close());
  };
  const positions = await positionsOf(config);
  const open = async (path: string): Promise<TrainingStack> => {
    const file = await openFile(path);
    files.push(file);
    return await openTrainingStack(file, config.normalization, signal, say);
  };
  try {
    const stacks: TrainingStack[] = [];
    for (const path of config.stacks) stacks.push({ ...await open(path), positions });
    const { validation, settings, maxSpan, augmentations, skipUncorrelated } = config;
    const own: TrainingStack[] = [];
    for (const path of typeof validation === "string" ? [] : validation) own.push(await open(path));
    data = await TrainingData.open(stacks, {
      variant: settings.variant,
      batchSize: settings.batchSize,
      seed: settings.seed,
      patchSize: settings.patchSize,
      maxSpan,
      augmentations,
      skipUncorrelated,
      signal,
      validation: typeof validation === "string" ? validation : own,
      inWorkers: true,
    });
    for (const report of data.reports) say(report);
    return { data, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openTrainingStack(
  file: FileSource,
  normalization: Normalization | undefined,
  signal: AbortSignal,
  say: (line: Message) => void,
): Promise<TrainingStack> {
  const reader = await openStack(file, { signal });
  for (const note of reader.info.notes) say(`Note: ${reader.name}: ${note}`);
  return { reader, normalizer: await normalizerFor(reader, { normalization, signal }) };
}

async function positionsOf({ positions, stacks }: DataConfig): Promise<number[] | undefined> {
  if (positions === undefined) return undefined;
  if (stacks.length === 1) return await readPositions(positions);
  throw new InputError(
    phrase`${option("positions")} are those of one stack: train on one, or leave it out.`,
  );
}
