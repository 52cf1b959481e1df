import { noGrad, withFeatures } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import { hostFilter } from "../calibration/band_filter.ts";
import { DeviceFilter } from "../calibration/device_filter.ts";
import { mapOf } from "../calibration/map.ts";
import type { Device } from "../gpu/device.ts";
import { GpuError } from "../gpu/gpu_errors.ts";
import type { Format } from "../gpu/storage_format.ts";
import { Parameters } from "../nn/module.ts";
import { firstNotFinite } from "../finite.ts";
import { type Generator, generator } from "../zaugnet/generator.ts";
import { type Model, modelWidths } from "../zaugnet/model.ts";
import type { Calibrator, Predictor, SliceRequest } from "./interpolator.ts";
import { type DeviceMemory, networkFits, networkPeakBytes } from "./network_capacity.ts";

/** The share of a device's memory that calibration may take, and that its blocks alone may. */
const FILTER_SHARE = 16;
const FILTER_BLOCKS = 2 * FILTER_SHARE;

/** A model on a device, ready to predict slices. Its teacher, if any, is not loaded. */
export class NetworkInterpolator implements Predictor {
  readonly anyDistance: boolean;
  readonly calibrator: Calibrator;
  readonly #filter?: DeviceFilter;
  readonly #parameters: Parameters;
  readonly #network: Generator;

  /** Keeps features in `precision`; halves need the adapter's shader-f16. */
  constructor(readonly device: Device, model: Model, readonly precision: Format = "f32") {
    if (precision === "f16" && !device.adapter.features.includes("shader-f16")) {
      throw new GpuError(`${device.adapter.name} has no shader-f16`, {
        adapter: device.adapter.name,
        operation: "half precision",
      });
    }
    this.anyDistance = model.variant === "zaugnet+";
    const map = mapOf(model.metadata);
    // In software, float64 on the host is as fast as the device.
    if (map && device.adapter.type === "gpu") {
      this.#filter = new DeviceFilter(device, device.memoryLimit / FILTER_BLOCKS);
    }
    this.calibrator = {
      map,
      filter: this.#filter ?? hostFilter,
      filterBytes: this.#filter ? device.memoryLimit / FILTER_SHARE : 0,
    };
    this.#parameters = new Parameters(device, { get: (name) => model.weights.get(name) });
    this.#network = generator(this.#parameters, model.variant, false, modelWidths(model));
  }

  /**
   * Deno holds the thread while the device computes, and looks for answers every 10 ms: the more
   * batches are waited for together, the less of that counts.
   */
  get calls(): number {
    return this.device.adapter.type === "gpu" ? 8 : 2;
  }

  get memoryLimit(): number {
    return this.device.memoryLimit;
  }

  get adapters(): Predictor["adapters"] {
    return [this.device.adapter];
  }

  get peakDeviceBytes(): number {
    return this.device.peakBytes;
  }

  resetPeak(): void {
    this.device.resetPeak();
  }

  /** What bounds the batches. */
  get memory(): DeviceMemory {
    const { memoryLimit, readsTextures, adapter: { maxBindingSize } } = this.device;
    return { memoryLimit, readsTextures, maxBindingSize, precision: this.precision };
  }

  peakBytes(batch: number, height: number, width: number): number {
    return networkPeakBytes(this.memory, batch, height, width);
  }

  fits(batch: number, height: number, width: number): boolean {
    return networkFits(this.memory, batch, height, width);
  }

  /** See {@link SliceInterpolator.interpolate}. Throws where the network answers NaN. */
  async interpolate(
    requests: readonly SliceRequest[],
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const { device } = this;
    const network = this.#network;
    // A slice is the neighbour of two gaps, and of all that is wanted in one.
    const slices = [
      ...new Set([...requests.map(({ before }) => before), ...requests.map(({ after }) => after)]),
    ];
    const numbers = new Map(slices.map((slice, number) => [slice, number]));
    const answer = scope(() => {
      const distances = requests.map((r) => r.dpm);
      const dpm = this.anyDistance
        ? Tensor.from(device, [requests.length, 1, 1, 1], distances)
        : undefined;
      const input = {
        slices: Tensor.fromBatch(device, [1, height, width], slices),
        before: requests.map(({ before }) => numbers.get(before)!),
        after: requests.map(({ after }) => numbers.get(after)!),
        dpm,
      };
      return noGrad(() => withFeatures(this.precision, () => network.predictShared(input)));
    });
    const reading = answer.readBatch();
    answer.dispose();
    const answers = await reading;
    if (answers.some((values) => firstNotFinite(values) !== undefined)) {
      throw new Error(`The network answered NaN or infinity on ${device.adapter.name}`);
    }
    return answers;
  }

  dispose(): void {
    this.#filter?.dispose();
    this.#parameters.dispose();
  }
}
