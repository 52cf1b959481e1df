import { type Format, QUAD_BYTES } from "./storage_format.ts";
import { TEXEL_FORMATS, TEXELS_PER_ROW } from "./kernel_variant.ts";

/** A piece of device memory; `bytes` is what was asked for, the buffer may be larger. */
export interface Storage {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  /** Bytes of the buffer itself. */
  readonly capacity: number;
  readonly format: Format;
  /** On devices that read through textures, the same values as a texture. */
  readonly mirror?: Mirror;
}

/** A texture that repeats a buffer's values, four to a texel; made when it is first read. */
export interface Mirror {
  texture?: GPUTexture;
  /** False once the buffer was written after the last copy. */
  fresh: boolean;
}

/** Bytes of a row of the texture that mirrors a buffer. */
export function rowBytes(format: Format): number {
  return TEXELS_PER_ROW * QUAD_BYTES[format];
}

/** How much larger than asked a reused buffer may be: waste within against buffers that idle. */
export const LARGEST_EXCESS = 2;

/**
 * Device buffers that are used again. A freed buffer may still be read by work that was recorded
 * earlier; handing it out is safe all the same, since a queue runs its work in order. The oldest
 * that fits is taken, in whichever order they were freed: so work that is repeated meets the same
 * buffers, and finds its bind groups made.
 */
export class BufferPool {
  /** Bytes handed out now, and the most there ever were since {@link resetPeak}. */
  liveBytes = 0;
  peakBytes = 0;
  /** Bytes of all buffers, handed out or free. */
  heldBytes = 0;
  readonly #device: GPUDevice;
  readonly #mirrored: boolean;
  #nextId = 0;
  /** Of each format by capacity; the oldest comes last. */
  readonly #free: Readonly<Record<Format, Map<number, Storage[]>>> = {
    f32: new Map(),
    f16: new Map(),
  };
  /** What every capacity is a multiple of. */
  readonly #granularity: number;
  readonly #largest: Readonly<Record<Format, number>>;

  constructor(device: GPUDevice, mirrored: boolean) {
    this.#device = device;
    this.#mirrored = mirrored;
    const { maxStorageBufferBindingSize, maxBufferSize, maxTextureDimension2D } = device.limits;
    const granularity = this.#granularity = mirrored ? rowBytes("f32") : 256;
    const largest = (format: Format) => {
      const texture = mirrored ? rowBytes(format) * maxTextureDimension2D : Infinity;
      const bytes = Math.min(maxStorageBufferBindingSize, maxBufferSize, texture);
      return bytes - bytes % granularity;
    };
    this.#largest = { f32: largest("f32"), f16: largest("f16") };
  }

  /** The largest request that can be served. */
  maxBytes(format: Format = "f32"): number {
    return this.#largest[format];
  }

  /** Rounds up to an eighth of a power of two, so that a few sizes serve all requests. */
  #capacityFor(bytes: number, format: Format): number {
    const step = 2 ** (Math.ceil(Math.log2(Math.max(bytes, 1))) - 3);
    const multiple = Math.max(step, this.#granularity);
    return Math.min(Math.ceil(bytes / multiple) * multiple, this.maxBytes(format));
  }

  /** Takes the smallest free buffer that is not far too large, or answers undefined. */
  reuse(bytes: number, format: Format = "f32"): Storage | undefined {
    const free = this.#free[format];
    const best = smallestFree(free, this.#capacityFor(bytes, format));
    if (best === undefined) return undefined;
    const storage = free.get(best)!.pop()!;
    this.#count(footprint(storage));
    if (storage.mirror) storage.mirror.fresh = false;
    return { ...storage, bytes };
  }

  /** The most bytes that {@link create} and {@link mirrorTexture} would add. */
  cost(bytes: number, format: Format = "f32"): number {
    return this.#capacityFor(bytes, format) * (this.#mirrored ? 2 : 1);
  }

  create(bytes: number, format: Format = "f32"): Storage {
    const capacity = this.#capacityFor(bytes, format);
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const buffer = this.#device.createBuffer({
      size: capacity,
      usage: STORAGE | COPY_SRC | COPY_DST,
    });
    this.heldBytes += capacity;
    this.#count(capacity);
    const mirror = this.#mirrored ? { fresh: false } : undefined;
    return { id: this.#nextId++, buffer, bytes, capacity, format, mirror };
  }

  /** The texture of a storage that has a mirror. */
  mirrorTexture({ mirror, capacity, format }: Storage): GPUTexture {
    if (!mirror) throw new Error("This storage has no mirror");
    if (mirror.texture) return mirror.texture;
    this.heldBytes += capacity;
    this.#count(capacity);
    return mirror.texture = this.#device.createTexture({
      size: [TEXELS_PER_ROW, capacity / rowBytes(format)],
      format: TEXEL_FORMATS[format],
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
    });
  }

  release(storage: Storage): void {
    this.liveBytes -= footprint(storage);
    const free = this.#free[storage.format];
    const list = free.get(storage.capacity) ?? [];
    free.set(storage.capacity, list);
    let at = list.length;
    while (at > 0 && list[at - 1].id < storage.id) at--;
    list.splice(at, 0, storage);
  }

  /** Gives the free buffers back to the driver; recorded work must have been submitted before. */
  trim(): void {
    for (const free of Object.values(this.#free)) {
      for (const storage of [...free.values()].flat()) {
        this.heldBytes -= footprint(storage);
        storage.buffer.destroy();
        storage.mirror?.texture?.destroy();
      }
      free.clear();
    }
  }

  resetPeak(): void {
    this.peakBytes = this.liveBytes;
  }

  #count(bytes: number): void {
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }
}

/** The smallest capacity of a free buffer that is large enough and not far too large. */
function smallestFree(
  free: ReadonlyMap<number, readonly Storage[]>,
  wanted: number,
): number | undefined {
  if (free.get(wanted)?.length) return wanted;
  let best = Infinity;
  for (const [capacity, list] of free) {
    if (list.length > 0 && capacity >= wanted && capacity < best) best = capacity;
  }
  return best <= LARGEST_EXCESS * wanted ? best : undefined;
}

/** Bytes that a storage takes, with its texture where that was made. */
function footprint({ capacity, mirror }: Storage): number {
  return mirror?.texture ? 2 * capacity : capacity;
}
