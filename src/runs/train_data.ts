import {
  InputError,
  type Message,
  normalizerFor,
  option,
  phrase,
  TrainingData,
  type TrainingStack,
  withoutAlpha,
} from "../core.ts";
import { type OpenStackPath, openStackPath, pathOf, type StackPath } from "../files/stack_path.ts";
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
  const files: OpenStackPath[] = [];
  let data: TrainingData | undefined;
  const close = () => {
    data?.close();
    files.forEach((file) => file.close());
  };
  const positions = await positionsOf(config);
  const open = async (path: StackPath): Promise<TrainingStack> => {
    const file = await openStackPath(path, { ...config.reading, signal });
    files.push(file);
    return await trainingStackOf(file, config, signal, say);
  };
  try {
    const stacks: TrainingStack[] = [];
    const several = config.stacks.length > 1;
    const leaveOut = (path: string | undefined, { said }: InputError) =>
      say(phrase`WARNING: ${path === undefined ? "" : `${path}: `}${said} It is left out.`);
    let reason: InputError | undefined;
    for (const path of config.stacks) {
      try {
        stacks.push({ ...await open(path), positions });
      } catch (error) {
        if (!(error instanceof InputError) || !several) throw error;
        leaveOut(pathOf(path), error);
        reason ??= error;
      }
    }
    if (stacks.length === 0 && reason) throw reason;
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
      onLeftOut: several ? (error) => leaveOut(undefined, error) : undefined,
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

async function trainingStackOf(
  file: OpenStackPath,
  { normalization, per = "stack" }: DataConfig,
  signal: AbortSignal,
  say: (line: Message) => void,
): Promise<TrainingStack> {
  const reader = withoutAlpha(file.reader);
  for (const note of reader.info.notes) say(`Note: ${reader.name}: ${note}`);
  return { reader, normalizer: await normalizerFor(reader, { normalization, per, signal }) };
}

async function positionsOf({ positions, stacks }: DataConfig): Promise<number[] | undefined> {
  if (positions === undefined) return undefined;
  if (stacks.length === 1) return await readPositions(positions);
  throw new InputError(
    phrase`${option("positions")} are those of one stack: train on one, or leave it out.`,
  );
}
