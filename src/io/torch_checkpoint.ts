import { elementSize, type ElementType, widen } from "./elements.ts";
import { type Pickled, PickleGlobal, unpickle } from "./pickle.ts";
import { CheckpointError, valueCount, type WeightTensor } from "./weights.ts";
import { readZip, type ZipEntry } from "./zip.ts";

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

class TorchStorage {
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

const STORAGES: ReadonlyMap<string, ElementType> = new Map([
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

/** Element types and devices as values ("torch.float32"): nothing to call, nothing to read. */
const INERT = /^torch\.(b?float(16|32|64)|u?int(8|16|32|64)|bool|contiguous_format|strided)$/;

/** torch itself has no tensor of more axes. */
const MOST_AXES = 64;

/**
 * Reads a file of torch.save (PyTorch 1.6 or later) as a nested value. Only data is read: a global
 * that a state dict does not need is refused by its name, and nothing is ever run.
 * Throws a {@link CheckpointError} where the file is damaged, hostile or of another kind.
 */
export function readTorchValue(bytes: Uint8Array): TorchValue {
  const archive = readZip(bytes);
  const root = [...archive.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (root === undefined) {
    throw new CheckpointError("it is a zip archive without torch's data.pkl");
  }
  const folder = root.slice(0, -"data.pkl".length);
  if (archive.has(`${folder}constants.pkl`)) {
    throw new CheckpointError("it is a TorchScript program; save the model's state_dict() instead");
  }
  const order = archive.get(`${folder}byteorder`)?.read();
  if (order && new TextDecoder().decode(order) !== "little") {
    throw new CheckpointError("its numbers are not little-endian; save it on another machine");
  }
  const file = new TorchFile(archive, folder, bytes.length);
  return unpickle<TorchObject>(archive.get(root)!.read(), file);
}

class TorchFile {
  readonly #archive: ReadonlyMap<string, ZipEntry>;
  readonly #folder: string;
  readonly #storages = new Map<string, TorchStorage>();
  /** Storages and tensors hold at most a value a byte each; views that multiply them end here. */
  #valuesLeft: number;

  constructor(archive: ReadonlyMap<string, ZipEntry>, folder: string, size: number) {
    this.#archive = archive;
    this.#folder = folder;
    this.#valuesLeft = 2 * size;
  }

  global(name: string): PickleGlobal<TorchObject> {
    switch (name) {
      case "collections.OrderedDict":
        return new PickleGlobal(name, ([pairs]) => orderedDict(pairs));
      case "torch._utils._rebuild_tensor_v2":
        return new PickleGlobal(name, (args) => this.#tensor(args));
      case "torch._utils._rebuild_parameter":
        return new PickleGlobal(name, ([tensor]) => tensor ?? null);
      case "torch.Size":
        return new PickleGlobal(name, ([lengths]) => lengths ?? []);
      case "torch.device":
        return new PickleGlobal(name, (parts) => [...parts]);
    }
    if (STORAGES.has(name) || INERT.test(name)) return new PickleGlobal(name);
    throw new CheckpointError(
      `it asks Python for ${name}, which is not data and is not run; ` +
        "if you trust the file, save its state_dict() alone",
    );
  }

  persistent(id: TorchValue): TorchStorage {
    const [kind, type, key, , length] = Array.isArray(id) ? id : [];
    const elements = type instanceof PickleGlobal ? STORAGES.get(type.name) : undefined;
    if (kind !== "storage" || !elements || typeof key !== "string" || !isCount(length)) {
      throw new CheckpointError("its pickle refers to what is no storage");
    }
    const name = `${this.#folder}data/${key}`;
    const known = this.#storages.get(key);
    if (known?.type === elements && known.length === length) return known;
    if (known) throw new CheckpointError(`its storage ${name} is described in two ways`);
    const entry = this.#archive.get(name);
    if (!entry) throw new CheckpointError(`its storage ${name} is missing`);
    this.#spend(length);
    const storage = new TorchStorage(entry, elements, length);
    this.#storages.set(key, storage);
    return storage;
  }

  #spend(values: number): void {
    this.#valuesLeft -= values;
    if (this.#valuesLeft >= 0) return;
    throw new CheckpointError("its tensors repeat their bytes more often than a model does");
  }

  #tensor([storage, offset, shape, strides]: readonly TorchValue[]): TorchObject {
    const valid = storage instanceof TorchStorage && isCount(offset) && isCounts(shape) &&
      isCounts(strides) && shape.length === strides.length && shape.length <= MOST_AXES;
    if (!valid) throw new CheckpointError("its pickle describes a tensor wrongly");
    const count = valueCount(shape);
    const reach = offset + shape.reduce((sum, length, i) => sum + (length - 1) * strides[i], 1);
    if (count > 0 && !(reach <= storage.length)) {
      throw new CheckpointError(
        `a tensor [${shape}] reaches to value ${reach} of ${storage.entry.name}, ` +
          `which has ${storage.length}`,
      );
    }
    this.#spend(count);
    const floats = storage.floats();
    return floats
      ? new TorchTensor(shape, gather(floats, offset, shape, strides, count))
      : new UnreadableTensor(`${storage.type} past 2^24`);
  }
}

function orderedDict(pairs: TorchValue = []): TorchValue {
  const items = Array.isArray(pairs) ? pairs : [null];
  return new Map(items.map((pair): [TorchValue, TorchValue] => {
    if (Array.isArray(pair) && pair.length === 2) return [pair[0], pair[1]];
    throw new CheckpointError("its pickle makes a dictionary of what are no pairs");
  }));
}

function gather(
  storage: Float32Array<ArrayBuffer>,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
  count: number,
): Float32Array<ArrayBuffer> {
  if (isRowMajor(shape, strides)) {
    const whole = count === storage.length;
    return whole ? storage : storage.slice(offset, offset + count);
  }
  const data = new Float32Array(count);
  const index = shape.map(() => 0);
  let source = offset;
  for (let target = 0; target < count; target++) {
    data[target] = storage[source];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return data;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] > 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
