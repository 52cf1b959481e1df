import { LARGEST_EXCESS } from "./buffer_pool.ts";

/** Bytes that may idle here; more is given back to the driver. */
const MOST_IDLE = 64 * 1024 ** 2;

/**
 * Buffers that values are read back through. Fresh ones cost twice the time of the copy itself,
 * since the system hands out their pages one by one.
 */
export class StagingPool {
  readonly #device: GPUDevice;
  readonly #idle: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** An unmapped buffer of at least this many bytes. */
  take(bytes: number): GPUBuffer {
    const at = this.#idle.findIndex(({ size }) => size >= bytes && size <= LARGEST_EXCESS * bytes);
    if (at >= 0) return this.#idle.splice(at, 1)[0];
    const { MAP_READ, COPY_DST } = GPUBufferUsage;
    return this.#device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
  }

  /** Takes a buffer back that nothing uses any more, mapped or not. */
  give(buffer: GPUBuffer): void {
    if (buffer.size > MOST_IDLE) return buffer.destroy();
    if (buffer.mapState !== "unmapped") buffer.unmap();
    this.#idle.push(buffer);
    // The oldest go first: sizes change when the work does.
    let held = this.#idle.reduce((sum, { size }) => sum + size, 0);
    while (held > MOST_IDLE) {
      const oldest = this.#idle.shift()!;
      held -= oldest.size;
      oldest.destroy();
    }
  }
}
