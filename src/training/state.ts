import { InputError } from "../errors.ts";
import { readCheckpoint } from "../io/checkpoint.ts";
import { writeSafetensors } from "../io/safetensors.ts";
import type { WeightTensor } from "../io/weights.ts";
import type { Parameters, ParameterSource } from "../nn/module.ts";
import type { Model } from "../zaugnet/model.ts";
import type { LossGuardState } from "./loss_guard.ts";
import type { Trainer } from "./trainer.ts";

/** Where a run is: what a checkpoint holds beside the networks. */
export interface RunProgress {
  /** Steps done since the start of the run. */
  readonly step: number;
  /** The best validation score so far, and how many epochs ago; undefined before the first. */
  readonly best?: number;
  readonly epochsSinceBest: number;
}

/** A checkpoint that was read: everything that a run needs to go on bit for bit. */
export interface RunState {
  readonly progress: RunProgress;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly guards: Readonly<Record<string, LossGuardState>>;
}

const NETWORKS = ["generator", "critic"] as const;

/** The state of a run as a safetensors file: networks, optimisers, guards, progress. */
export async function writeState(
  trainer: Trainer,
  progress: RunProgress,
): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = new Map<string, WeightTensor>();
  const guards: Record<string, LossGuardState> = {};
  for (const network of NETWORKS) {
    const trainee = trainer[network];
    if (!trainee) continue;
    for (const [name, value] of await valuesOf(trainee.parameters)) {
      tensors.set(`${network}.${name}`, value);
    }
    for (const [name, value] of await trainee.adam.state()) {
      tensors.set(`${network}_adam.${name}`, value);
    }
    guards[network] = trainee.guard.state;
  }
  const metadata = {
    "zaugnet.progress": JSON.stringify(progress),
    "zaugnet.guards": JSON.stringify(guards),
  };
  return writeSafetensors(tensors, { metadata });
}

/** Reads what {@link writeState} wrote. Throws an InputError for any other file. */
export function readState(bytes: Uint8Array, name: string): RunState {
  const { weights, metadata } = readCheckpoint(bytes, name);
  const progress = metadata["zaugnet.progress"];
  if (progress === undefined) {
    throw new InputError(`${name} is not a checkpoint of a training run.`);
  }
  return {
    progress: JSON.parse(progress),
    tensors: weights,
    guards: JSON.parse(metadata["zaugnet.guards"] ?? "{}"),
  };
}

/** A network's parameters out of a state. Throws an InputError where one is missing. */
export function stateSource(state: RunState, network: typeof NETWORKS[number]): ParameterSource {
  return {
    get(name) {
      const found = state.tensors.get(`${network}.${name}`);
      if (found) return found;
      throw new InputError(
        `The checkpoint has no ${network}.${name}: it was made with other settings.`,
      );
    },
  };
}

/** Gives optimisers and guards back what they remembered. */
export function restoreTrainer(trainer: Trainer, state: RunState): void {
  for (const network of NETWORKS) {
    const trainee = trainer[network];
    if (!trainee) continue;
    const prefix = `${network}_adam.`;
    const own = [...state.tensors].filter(([name]) => name.startsWith(prefix));
    trainee.adam.restore(new Map(own.map(([name, value]) => [name.slice(prefix.length), value])));
    const guard = state.guards[network];
    if (guard) trainee.guard.restore(guard);
  }
}

/** The generator as it stands, teacher included, as a model that predict takes. */
export async function currentModel(
  trainer: Trainer,
  metadata: Readonly<Record<string, string>>,
): Promise<Model> {
  const weights = await valuesOf(trainer.generator.parameters);
  const { variant } = trainer.settings;
  return { variant, weights, hasTeacher: true, metadata, notes: [] };
}

async function valuesOf(parameters: Parameters): Promise<Map<string, WeightTensor>> {
  // All at once: hundreds of waits one after the other take longer than the copies.
  const values = parameters.entries().map(async ([name, tensor]) => {
    const shape = parameters.shapeOf(name);
    return [name, { shape, data: await tensor.read() }] as const;
  });
  return new Map(await Promise.all(values));
}
