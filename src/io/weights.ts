import { InputError } from "../errors.ts";

/** A checkpoint is damaged, or asks for more than data. The message says where, in one sentence. */
export class CheckpointError extends InputError {
  override name = "CheckpointError";
}

/** One named array of a checkpoint, row-major. Tied tensors may share memory: do not write. */
export interface WeightTensor {
  /** Lengths of the axes; empty for a scalar. */
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Tensors by name, in the order of the file. */
export type Weights = ReadonlyMap<string, WeightTensor>;

/** What a checkpoint file holds. */
export interface Checkpoint {
  readonly format: "safetensors" | "torch";
  /** Keys as stored; those of nested dictionaries are joined by ".". */
  readonly weights: Weights;
  /** The strings of safetensors' `__metadata__`; empty for torch. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What lay beside the weights and was left out, by name: "epoch", "seen (I64 past 2^24)". */
  readonly ignored: readonly string[];
}

/** Number of values in a tensor of this shape. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((count, length) => count * length, 1);
}
