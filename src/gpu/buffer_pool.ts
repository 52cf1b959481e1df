/** A piece of device memory; `bytes` is what was asked for, the buffer may be larger. */
export interface Storage {
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  /** Bytes of the buffer itself. */
  readonly capacity: number;
}

/** Rounds up to a quarter of a power of two, so that a few sizes serve all requests. */
function sizeClass(bytes: number): number {
  const step = Math.max(256, 2 ** (Math.ceil(Math.log2(Math.max(bytes, 1))) - 3));
  return Math.ceil(bytes / step) * step;
}

/**
 * Device buffers that are used again. A freed buffer may still be read by work that was recorded
 * earlier; handing it out is safe all the same, since a queue runs its work in order.
 */
export class BufferPool {
  /** Bytes handed out now, and the most there ever were since {@link resetPeak}. */
  liveBytes = 0;
  peakBytes = 0;
  /** Bytes of all buffers, handed out or free. */
  heldBytes = 0;
  private nextId = 0;
  private readonly free = new Map<number, Storage[]>();

  constructor(private readonly device: GPUDevice) {}

  /** Takes a free buffer, or answers undefined where none of the size is there. */
  reuse(bytes: number): Storage | undefined {
    const storage = this.free.get(sizeClass(bytes))?.pop();
    if (storage) this.count(storage.capacity);
    return storage && { ...storage, bytes };
  }

  /** Bytes that {@link create} would add. */
  cost(bytes: number): number {
    return sizeClass(bytes);
  }

  create(bytes: number): Storage {
    const capacity = sizeClass(bytes);
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const buffer = this.device.createBuffer({
      size: capacity,
      usage: STORAGE | COPY_SRC | COPY_DST,
    });
    this.heldBytes += capacity;
    this.count(capacity);
    return { id: this.nextId++, buffer, bytes, capacity };
  }

  release(storage: Storage): void {
    this.liveBytes -= storage.capacity;
    const list = this.free.get(storage.capacity);
    if (list) list.push(storage);
    else this.free.set(storage.capacity, [storage]);
  }

  /** Gives the free buffers back to the driver; recorded work must have been submitted before. */
  trim(): void {
    for (const list of this.free.values()) {
      for (const { buffer, capacity } of list) {
        buffer.destroy();
        this.heldBytes -= capacity;
      }
    }
    this.free.clear();
  }

  resetPeak(): void {
    this.peakBytes = this.liveBytes;
  }

  private count(capacity: number): void {
    this.liveBytes += capacity;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }
}
