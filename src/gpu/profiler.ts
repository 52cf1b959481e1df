/** Dispatches in one query set: WebGPU allows 4,096 queries in each. */
const CAPACITY = 2048;
/** Sets of a profile at most, so that a long run cannot eat the memory. */
const MOST_SETS = 64;

/** One dispatch on the device's clock, in milliseconds since the first one began. */
export interface DispatchTime {
  /** The kernel's name with the operation that it ran for. */
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** Time that a kernel took on the device, all its dispatches together. */
export interface KernelTime {
  readonly label: string;
  readonly dispatches: number;
  readonly milliseconds: number;
}

/** Measures each dispatch with timestamp queries; needs the feature "timestamp-query". */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #sets: GPUQuerySet[] = [];
  readonly #labels: string[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Where the next dispatch's pass writes its times; undefined once there is no more room. */
  begin(label: string): GPUComputePassTimestampWrites | undefined {
    const place = this.#labels.length % CAPACITY;
    if (place === 0) {
      if (this.#sets.length === MOST_SETS) return undefined;
      this.#sets.push(this.#device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY }));
    }
    this.#labels.push(label);
    return {
      querySet: this.#sets.at(-1)!,
      beginningOfPassWriteIndex: 2 * place,
      endOfPassWriteIndex: 2 * place + 1,
    };
  }

  /** All dispatches since the start, in their order. */
  async report(): Promise<DispatchTime[]> {
    if (this.#labels.length === 0) return [];
    const bytes = 16 * CAPACITY;
    const { MAP_READ, COPY_DST, COPY_SRC, QUERY_RESOLVE } = GPUBufferUsage;
    const size = bytes * this.#sets.length;
    const resolved = this.#device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
    const staging = this.#device.createBuffer({ size, usage: MAP_READ | COPY_DST });
    const encoder = this.#device.createCommandEncoder();
    this.#sets.forEach((set, i) => {
      const used = Math.min(CAPACITY, this.#labels.length - i * CAPACITY);
      encoder.resolveQuerySet(set, 0, 2 * used, resolved, i * bytes);
    });
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    for (const resource of [resolved, staging, ...this.#sets]) resource.destroy();
    const since = (time: bigint) => Number(time - times[0]) / 1e6;
    return this.#labels.map((label, i) => ({
      label,
      start: since(times[2 * i]),
      end: since(times[2 * i + 1]),
    }));
  }
}

/** Times summed by label, the longest first. */
export function sumByLabel(times: readonly DispatchTime[]): KernelTime[] {
  const sums = new Map<string, KernelTime>();
  for (const { label, start, end } of times) {
    const { dispatches, milliseconds } = sums.get(label) ?? { dispatches: 0, milliseconds: 0 };
    sums.set(label, {
      label,
      dispatches: dispatches + 1,
      milliseconds: milliseconds + end - start,
    });
  }
  return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}
