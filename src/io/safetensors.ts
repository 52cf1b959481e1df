import { elementSize, isElementType, widen } from "./elements.ts";
import {
  type Checkpoint,
  CheckpointError,
  valueCount,
  type Weights,
  type WeightTensor,
} from "./weights.ts";

/** A tenth of the format's own bound, and far more than a model needs: JSON takes memory. */
const LONGEST_HEADER = 10_000_000;
const LARGEST_HALF = 65504;

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** True where the bytes start as a safetensors file does: a length and a JSON object. */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === "{".charCodeAt(0);
}

/**
 * Reads a safetensors file, all values as float32: F16 and BF16 widen, F64 rounds, integers only
 * where exact; what cannot be held so is ignored by name.
 * Throws a {@link CheckpointError} where the file breaks the format.
 */
export function readSafetensors(bytes: Uint8Array): Checkpoint {
  const { header, data } = split(bytes);
  const metadata = readMetadata(header["__metadata__"]);
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => readEntry(name, value));
  checkLayout(entries, data.length);
  const weights = new Map<string, WeightTensor>();
  const ignored: string[] = [];
  for (const { name, dtype, shape, begin, end } of entries) {
    if (!isElementType(dtype)) {
      ignored.push(`${name} (${dtype})`);
      continue;
    }
    const needed = valueCount(shape) * elementSize(dtype);
    if (needed !== end - begin) {
      throw new CheckpointError(
        `the tensor ${name} is ${dtype} [${shape}], which takes ${needed} bytes, and has ${
          end - begin
        }`,
      );
    }
    const values = widen(dtype, data.subarray(begin, end));
    if (values) weights.set(name, { shape, data: values });
    else ignored.push(`${name} (${dtype} past 2^24)`);
  }
  return { format: "safetensors", weights, metadata, ignored };
}

function split(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8) throw new CheckpointError("it is shorter than a safetensors header");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > LONGEST_HEADER) {
    throw new CheckpointError(`its header claims ${length} bytes, more than a model needs`);
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw new CheckpointError(
      `its header claims ${length} bytes, and only ${bytes.length - 8} follow`,
    );
  }
  return { header: parseHeader(bytes.subarray(8, start)), data: bytes.subarray(start) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CheckpointError("its header is not valid JSON", { cause });
  }
  if (!isRecord(header)) throw new CheckpointError("its header is not a JSON object");
  return header;
}

function readMetadata(value: unknown = {}): Record<string, string> {
  if (!isRecord(value)) throw new CheckpointError("its __metadata__ is not an object");
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text === "string") return [key, text];
    throw new CheckpointError(`its __metadata__ has ${key}, which is not a string`);
  });
  return Object.fromEntries(entries);
}

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const valid = typeof dtype === "string" && isCounts(shape) && isCounts(offsets) &&
    offsets.length === 2 && offsets[0] <= offsets[1];
  if (valid) return { name, dtype, shape, begin: offsets[0], end: offsets[1] };
  throw new CheckpointError(
    `its header does not give the tensor ${name} a dtype, a shape and data_offsets`,
  );
}

/** The format wants every byte to belong to one tensor, so overlaps and gaps are both damage. */
function checkLayout(entries: readonly Entry[], size: number): void {
  let expected = 0;
  for (
    const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  ) {
    if (end > size) {
      throw new CheckpointError(
        `the tensor ${name} ends at byte ${end} of the data, and there are ${size}`,
      );
    }
    if (begin !== expected) {
      const fault = begin < expected ? "overlaps the tensor before it" : "leaves a gap before it";
      throw new CheckpointError(`the tensor ${name} ${fault}`);
    }
    expected = end;
  }
  if (expected !== size) {
    throw new CheckpointError(
      `its tensors end at byte ${expected} of the data, and there are ${size}`,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** How {@link writeSafetensors} stores values, and what it writes beside them. */
export interface SafetensorsOptions {
  /** F32 is exact and the default; F16 halves the file and rounds to nearest even. */
  readonly storage?: "F32" | "F16";
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file. Names are sorted, so that equal weights give equal bytes.
 * Throws a {@link CheckpointError} where a value is too large for F16, or a name is reserved.
 */
export function writeSafetensors(
  weights: Weights,
  { storage = "F32", metadata = {} }: SafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const tensors = [...weights].sort(byName);
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length) {
    header.push(["__metadata__", Object.fromEntries(Object.entries(metadata).sort(byName))]);
  }
  let size = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === "__metadata__") {
      throw new CheckpointError("a tensor cannot be called __metadata__");
    }
    const end = size + data.length * elementSize(storage);
    header.push([name, { dtype: storage, shape, data_offsets: [size, end] }]);
    size = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + size).fill(0x20, 8, 8 + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  let offset = 8 + length;
  for (const [name, { data }] of tensors) {
    const stored = storage === "F32" ? data : narrow(name, data);
    bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), offset);
    offset += stored.byteLength;
  }
  return bytes;
}

function narrow(name: string, data: Float32Array): Float16Array<ArrayBuffer> {
  const halves = new Float16Array(data);
  const lost = data.find((value, i) => Number.isFinite(value) && !Number.isFinite(halves[i]));
  if (lost === undefined) return halves;
  throw new CheckpointError(
    `F16 cannot hold ${lost} of the tensor ${name}: its largest value is ${LARGEST_HALF}`,
  );
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
