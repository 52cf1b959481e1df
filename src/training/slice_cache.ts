import { readFiniteSlice } from "../stack/finite_slice.ts";
import type { Samples, StackReader } from "../stack/stack.ts";

/**
 * Keeps the slices used last, in the stack's own sample type and up to a number of bytes, so that
 * a small stack is read once and one larger than memory can be trained on too.
 */
export class SliceCache {
  readonly #limit: number;
  readonly #shared: boolean;
  readonly #readers = new Map<StackReader, number>();
  /** The one used longest ago comes first. */
  readonly #slices = new Map<string, Samples>();
  readonly #loading = new Map<string, Promise<Samples>>();
  #bytes = 0;

  /**
   * @param limit Bytes kept at most; slices under way to a caller come on top.
   * @param shared Puts them into memory that workers see, too.
   */
  constructor(limit: number, shared = false) {
    this.#limit = limit;
    this.#shared = shared;
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A slice, read if it is not kept; throws as {@link readFiniteSlice} does. */
  get(reader: StackReader, t: number, c: number, z: number): Promise<Samples> {
    const number = this.#readers.get(reader) ?? this.#readers.size;
    this.#readers.set(reader, number);
    const key = `${number},${t},${c},${z}`;
    const kept = this.#slices.get(key);
    if (kept) {
      this.#slices.delete(key);
      this.#slices.set(key, kept);
      return Promise.resolve(kept);
    }
    const loading = this.#loading.get(key) ?? this.#load(key, reader, t, c, z);
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(key: string, reader: StackReader, t: number, c: number, z: number): Promise<Samples> {
    try {
      const read = await readFiniteSlice(reader, t, c, z);
      const slice = this.#shared ? sharedCopy(read) : read;
      this.#keep(key, slice);
      return slice;
    } finally {
      this.#loading.delete(key);
    }
  }

  #keep(key: string, slice: Samples) {
    if (slice.byteLength > this.#limit) return;
    this.#slices.set(key, slice);
    this.#bytes += slice.byteLength;
    for (const [oldest, { byteLength }] of this.#slices) {
      if (this.#bytes <= this.#limit) break;
      this.#slices.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}

function sharedCopy(slice: Samples): Samples {
  const Type = slice.constructor as new (memory: SharedArrayBuffer) => Samples;
  const copy = new Type(new SharedArrayBuffer(slice.byteLength));
  copy.set(slice);
  return copy;
}
