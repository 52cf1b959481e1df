import { noGrad } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";
import type { SliceInterpolator, SliceRequest } from "./interpolator.ts";
import { OpticalFlow } from "./optical_flow.ts";

/** Bytes of the largest tensor per pixel: both flows. */
const LARGEST_TENSOR = 16;
/** Bytes of all buffers per pixel at the peak: 2,750 were measured where textures repeat the values. */
const PEAK_PER_PIXEL = 1400;

/**
 * Interpolates along optical flow, without a network or training: what a learned interpolation has
 * to beat where structures move sideways from slice to slice. Deterministic on an adapter.
 */
export class FlowInterpolator implements SliceInterpolator {
  readonly anyDistance = true;
  readonly #flow: OpticalFlow;

  constructor(readonly device: Device) {
    this.#flow = new OpticalFlow(device);
  }

  get memoryLimit(): number {
    return this.device.memoryLimit;
  }

  peakBytes(batch: number, height: number, width: number): number {
    const bytes = batch * height * width * PEAK_PER_PIXEL;
    return this.device.readsTextures ? 2 * bytes : bytes;
  }

  fits(batch: number, height: number, width: number): boolean {
    return batch * height * width * LARGEST_TENSOR <= this.device.adapter.maxBindingSize &&
      this.peakBytes(batch, height, width) <= this.memoryLimit;
  }

  /** See {@link SliceInterpolator.interpolate}. */
  async interpolate(
    requests: readonly SliceRequest[],
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const { device } = this;
    const flow = this.#flow;
    const area = height * width;
    const answer = scope(() =>
      noGrad(() => {
        const pairs = new Float32Array(requests.length * 2 * area);
        requests.forEach(({ before, after }, i) => {
          pairs.set(before, 2 * i * area);
          pairs.set(after, (2 * i + 1) * area);
        });
        const images = Tensor.from(device, [requests.length, 2, height, width], pairs);
        return flow.between(images, flow.estimate(images), requests.map(({ dpm }) => dpm));
      })
    );
    const reading = answer.read();
    answer.dispose();
    const values = await reading;
    return requests.map((_, i) => values.slice(i * area, (i + 1) * area));
  }

  dispose(): void {
    this.#flow.dispose();
  }
}
