import { StagingPool } from "./staging_pool.ts";

/** Reads of so few bytes are asked for several times: they are waited for, not their copy. */
const FEW_BYTES = 4096;
const ASKED = 4;
const PAUSE_MS = 2.5;

/**
 * Brings values back from the device. Deno looks every 10 ms whether a buffer is mapped, from when
 * it was asked for; a training step is not much longer. So a few values are copied into several
 * buffers, which are asked for one after the other, and the first that is mapped answers.
 */
export class Readback {
  readonly #staging: StagingPool;

  constructor(device: GPUDevice) {
    this.#staging = new StagingPool(device);
  }

  /** Buffers that are each to receive the bytes; {@link values} gives them back. */
  take(bytes: number): GPUBuffer[] {
    const count = bytes <= FEW_BYTES ? ASKED : 1;
    return Array.from({ length: count }, () => this.#staging.take(bytes));
  }

  /** Waits for the copies that were submitted, and answers the values in this many equal parts. */
  async values(
    buffers: readonly GPUBuffer[],
    bytes: number,
    parts: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    let read = false;
    // Deno holds the thread until the device is idle, then waits for 10 ms. Who asks for much has
    // more to record, which should be with the device before; who asks for a few values, a training,
    // records during those 10 ms.
    const atOnce = buffers.length > 1;
    const asked = buffers.map(async (buffer, i) => {
      if (i > 0 || !atOnce) await new Promise((resolve) => setTimeout(resolve, i * PAUSE_MS));
      if (!read) await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
      return buffer;
    });
    try {
      const first = await Promise.race(asked);
      read = true;
      const mapped = first.getMappedRange(0, bytes);
      const length = bytes / parts;
      return Array.from(
        { length: parts },
        (_, i) => new Float32Array(mapped.slice(i * length, (i + 1) * length)),
      );
    } finally {
      read = true;
      asked.forEach((buffer, i) => {
        buffer.then((mapped) => this.#staging.give(mapped)).catch(() => buffers[i].destroy());
      });
    }
  }
}
