const CAPACITY = 2048;

/** Time that a kernel took on the device, all its dispatches together. */
export interface KernelTime {
  /** The kernel's name with the operation that it ran for. */
  readonly label: string;
  readonly dispatches: number;
  readonly milliseconds: number;
}

/** Measures each dispatch with timestamp queries; needs the feature "timestamp-query". */
export class Profiler {
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly labels: string[] = [];

  constructor(private readonly device: GPUDevice) {
    this.queries = device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY });
    this.resolved = device.createBuffer({
      size: 16 * CAPACITY,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  /** Where the next dispatch's pass writes its times; undefined once there is no more room. */
  begin(label: string): GPUComputePassTimestampWrites | undefined {
    if (this.labels.length === CAPACITY) return undefined;
    const first = 2 * (this.labels.push(label) - 1);
    return {
      querySet: this.queries,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** The times of all dispatches since the start, summed by label, the longest first. */
  async report(): Promise<KernelTime[]> {
    if (this.labels.length === 0) return [];
    const size = 16 * this.labels.length;
    const { MAP_READ, COPY_DST } = GPUBufferUsage;
    const staging = this.device.createBuffer({ size, usage: MAP_READ | COPY_DST });
    const encoder = this.device.createCommandEncoder();
    encoder.resolveQuerySet(this.queries, 0, 2 * this.labels.length, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, staging, 0, size);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.destroy();
    const sums = new Map<string, KernelTime>();
    this.labels.forEach((label, i) => {
      const { dispatches, milliseconds } = sums.get(label) ?? { dispatches: 0, milliseconds: 0 };
      const spent = Number(times[2 * i + 1] - times[2 * i]) / 1e6;
      sums.set(label, {
        label,
        dispatches: dispatches + 1,
        milliseconds: milliseconds + spent,
      });
    });
    return [...sums.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }
}
