import { elementSize, type ElementType, widen } from "./elements.ts";
import type { Pickled } from "./pickle.ts";
import { CheckpointError, type WeightTensor } from "./weights.ts";
import type { ZipEntry } from "./zip.ts";

/** A value of a torch file: plain data, dictionaries as Maps, tuples as arrays, tensors. */
export type TorchValue = Pickled<TorchObject>;

/** What torch itself adds to plain data. */
export type TorchObject = TorchTensor | UnreadableTensor | TorchStorage;

/** A tensor, row-major whatever its strides were. */
export class TorchTensor implements WeightTensor {
  constructor(
    readonly shape: readonly number[],
    readonly data: Float32Array<ArrayBuffer>,
  ) {}
}

/** A tensor of integers that float32 would round. */
export class UnreadableTensor {
  constructor(readonly reason: string) {}
}

/** The values of a file that tensors look at. */
export class TorchStorage {
  #values?: { readonly floats: Float32Array<ArrayBuffer> | undefined };

  constructor(
    readonly entry: ZipEntry,
    readonly type: ElementType,
    readonly length: number,
  ) {}

  /** All values as float32, converted once however many tensors look at them. */
  floats(): Float32Array<ArrayBuffer> | undefined {
    return (this.#values ??= { floats: this.#widen() }).floats;
  }

  #widen(): Float32Array<ArrayBuffer> | undefined {
    const { name, size } = this.entry;
    const needed = this.length * elementSize(this.type);
    if (size === needed) return widen(this.type, this.entry.read());
    throw new CheckpointError(
      `its storage ${name} has ${size} bytes where ${needed} are announced`,
    );
  }
}

/** What is stored, by torch's name of it. */
export const STORAGES: ReadonlyMap<string, ElementType> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
]);

/** Storages of values that are not weights here: their tensors are left out by name. */
export const OTHER_STORAGE = /^torch\.(?:storage\.)?((Complex\w+|Q\w+|Untyped|Typed)Storage)$/;

/** Element types and layouts as values ("torch.float32"): nothing to call, nothing to read. */
export const INERT =
  /^torch\.(b?float(16|32|64)|float[48]_\w+|complex(32|64|128)|u?int\d{1,2}|bool|q?u?int\w+|bits\w+|\w+_format|strided|sparse_\w+|_mkldnn|jagged|per_(tensor|channel)_\w+|Tensor)$/;
