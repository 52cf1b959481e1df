import { PickleGlobal, unpickle } from "./pickle.ts";
import {
  INERT,
  OTHER_STORAGE,
  STORAGES,
  type TorchObject,
  TorchStorage,
  TorchTensor,
  type TorchValue,
  UnreadableTensor,
} from "./torch_values.ts";
import { CheckpointError, valueCount } from "./weights.ts";
import { readZip, type ZipEntry } from "./zip.ts";

/** torch itself has no tensor of more axes. */
const MOST_AXES = 64;

/**
 * Reads a file of torch.save (PyTorch 1.6 or later) as a nested value. Only data is read: a global
 * that a state dict does not need is refused by name, and nothing is ever run.
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
  const pickle = archive.get(root)!.read();
  const file = new TorchFile(archive, folder, { size: bytes.length, pickleBytes: pickle.length });
  return unpickle<TorchObject>(pickle, file);
}

/** What calling a global makes. */
type Call = (args: readonly TorchValue[]) => TorchValue;

class TorchFile {
  readonly #archive: ReadonlyMap<string, ZipEntry>;
  readonly #folder: string;
  readonly #storages = new Map<string, TorchStorage>();
  /** Storages and tensors hold at most a value a byte each; views that multiply them end here. */
  #valuesLeft: number;
  /** Items that calls may copy: a pickle that copies one list again and again ends here. */
  #itemsLeft: number;

  constructor(
    archive: ReadonlyMap<string, ZipEntry>,
    folder: string,
    { size, pickleBytes }: { readonly size: number; readonly pickleBytes: number },
  ) {
    this.#archive = archive;
    this.#folder = folder;
    this.#valuesLeft = 2 * size;
    this.#itemsLeft = pickleBytes;
  }

  global(name: string): PickleGlobal<TorchObject> {
    const make = this.#calls.get(name);
    if (make !== undefined) return new PickleGlobal(name, make);
    if (STORAGES.has(name) || OTHER_STORAGE.test(name) || INERT.test(name)) {
      return new PickleGlobal(name);
    }
    throw new CheckpointError(
      `it asks Python for ${name}, which is not data and is not run; ` +
        "if you trust the file, save its state_dict() alone",
    );
  }

  /**
   * What torch.load(weights_only=True) calls by itself, as data: sets and slices are lists, a
   * Counter is a dictionary, and tensors of another kind than weights are names without values.
   */
  readonly #calls: ReadonlyMap<string, Call> = new Map<string, Call>([
    ["collections.OrderedDict", ([pairs]) => this.#dictionary(pairs)],
    ["collections.Counter", ([counts]) => this.#dictionary(counts)],
    ...["builtins", "__builtin__"].flatMap((module): [string, Call][] => [
      [`${module}.set`, ([items]) => this.#list(items)],
      [`${module}.frozenset`, ([items]) => this.#list(items)],
      [`${module}.slice`, (bounds) => [...bounds]],
      [`${module}.complex`, (parts) => [...parts]],
      [`${module}.bytearray`, ([content]) => content ?? null],
    ]),
    ["_codecs.encode", ([text]) => text ?? null],
    ["torch._utils._rebuild_tensor", (args) => this.#tensor(args)],
    ["torch._utils._rebuild_tensor_v2", (args) => this.#tensor(args)],
    ["torch._utils._rebuild_parameter", ([tensor]) => tensor ?? null],
    ["torch._utils._rebuild_parameter_with_state", ([tensor]) => tensor ?? null],
    ["torch.nn.parameter.Parameter", ([tensor]) => tensor ?? null],
    ["torch._tensor._rebuild_from_type_v2", ([make, , args]) => {
      const known = make instanceof PickleGlobal && Array.isArray(args) ? make.call : undefined;
      return known ? known(args as TorchValue[]) : new UnreadableTensor("of a class of its own");
    }],
    ...[
      "qtensor",
      "tensor_v3",
      "sparse_tensor",
      "meta_tensor_no_storage",
      "wrapper_subclass",
      "device_tensor_from_numpy",
      "device_tensor_from_cpu_tensor",
    ].map((kind): [string, Call] => [
      `torch._utils._rebuild_${kind}`,
      () => new UnreadableTensor(kind.replaceAll("_", " ")),
    ]),
    ["torch.serialization._get_layout", ([name]) => name ?? null],
    ["torch.Size", ([lengths]) => lengths ?? []],
    ["torch.device", (parts) => [...parts]],
  ]);

  #dictionary(pairs: TorchValue = []): TorchValue {
    if (pairs instanceof Map) return pairs;
    const items = Array.isArray(pairs) ? pairs : [null];
    this.#copy(items.length);
    return new Map(items.map((pair): [TorchValue, TorchValue] => {
      if (Array.isArray(pair) && pair.length === 2) return [pair[0], pair[1]];
      throw new CheckpointError("its pickle makes a dictionary of what are not pairs");
    }));
  }

  #list(items: TorchValue = []): TorchValue {
    if (!Array.isArray(items)) {
      throw new CheckpointError("its pickle makes a set of what is not a list");
    }
    this.#copy(items.length);
    return [...items];
  }

  #copy(items: number): void {
    this.#itemsLeft -= items;
    if (this.#itemsLeft >= 0) return;
    throw new CheckpointError("its pickle copies its lists more often than a checkpoint does");
  }

  persistent(id: TorchValue): TorchStorage | UnreadableTensor {
    const [kind, type, key, , length] = Array.isArray(id) ? id : [];
    const elements = type instanceof PickleGlobal ? STORAGES.get(type.name) : undefined;
    const other = type instanceof PickleGlobal ? OTHER_STORAGE.exec(type.name)?.[1] : undefined;
    if (kind === "storage" && other !== undefined) return new UnreadableTensor(other);
    if (kind !== "storage" || !elements || typeof key !== "string" || !isCount(length)) {
      throw new CheckpointError("its pickle refers to what is not a storage");
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
    if (storage instanceof UnreadableTensor) return storage;
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
