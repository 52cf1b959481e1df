import type { Device } from "../../gpu/device.ts";
import { randomNumbers } from "../../random.ts";
import { noGrad } from "../op.ts";
import { scope } from "../scope.ts";
import type { Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { broadcastTo } from "./broadcasting.ts";
import {
  candidates,
  type ConvolutionGeometry,
  type ConvolutionKernelName,
  geometryName,
  kernelByRule,
} from "./convolution_choice.ts";
import { runConvolution } from "./convolution_kernels.ts";

/** How long kernels took for one convolution. */
export interface TunedConvolution {
  /** As it is called among a device's choices. */
  readonly name: string;
  /** The kernel that the rules take, and the one to take: another only if it is clearly faster. */
  readonly rule: ConvolutionKernelName;
  readonly kernel: ConvolutionKernelName;
  /** The least that each took, those that were soon out of the race included. */
  readonly milliseconds: Readonly<Partial<Record<ConvolutionKernelName, number>>>;
}

/** Runs each kernel this many times, one after the other in turns; answers the least time of each. */
export type ConvolutionTimer = (
  geometry: ConvolutionGeometry,
  kernels: readonly ConvolutionKernelName[],
  rounds: number,
) => Promise<ReadonlyMap<ConvolutionKernelName, number>>;

/** What is measured must save this part of the time to take the place of what is usual. */
const CLEARLY = 0.05;
/** The first round compiles and packs weights, so that one more is needed to tell. */
const HEAT = 2;
/** Kernels within this factor of the fastest run on. */
const CLOSE = 1.5;
const FINAL = 5;

/** True where a time is at least 5 % shorter than the usual one: noise alone changes nothing. */
export function isClearlyFaster(time: number, usual: number): boolean {
  return time <= (1 - CLEARLY) * usual;
}

/** Measures which kernel computes a convolution fastest. */
export async function tuneConvolution(
  device: Device,
  geometry: ConvolutionGeometry,
  timer: ConvolutionTimer,
): Promise<TunedConvolution> {
  const rule = noGrad(() => kernelByRule(device, geometry));
  const all = candidates(device, geometry);
  const heat = await timer(geometry, all, HEAT);
  const bound = CLOSE * Math.min(...heat.values());
  const close = all.filter((kernel) => kernel === rule || heat.get(kernel)! <= bound);
  const final = await timer(geometry, close, FINAL);
  const times = new Map(
    all.map((kernel) => [kernel, Math.min(heat.get(kernel)!, final.get(kernel) ?? Infinity)]),
  );
  const fastest = close.reduce((a, b) => times.get(b)! < times.get(a)! ? b : a);
  const wins = (times: Awaited<ReturnType<ConvolutionTimer>>) =>
    isClearlyFaster(times.get(fastest)!, times.get(rule)!);
  // It has to win twice: on a busy machine, one of many wins once by chance.
  const kernel = wins(times) && wins(await timer(geometry, [rule, fastest], FINAL))
    ? fastest
    : rule;
  return {
    name: geometryName(geometry),
    rule,
    kernel,
    milliseconds: Object.fromEntries(times),
  };
}

/** Times kernels on a device with timestamp queries, this many images at a time. */
export function convolutionTimer(device: Device, batch: number): ConvolutionTimer {
  return async (geometry, kernels, rounds) => {
    const { inputs, outputs, kernel, from, to, transposed } = geometry;
    const sides = transposed ? [inputs, outputs] as const : [outputs, inputs] as const;
    device.startProfile();
    scope(() => {
      const x = filled(device, [batch, inputs, ...from]);
      const weight = filled(device, [...sides, ...kernel]);
      // As parameters do, so that weights are packed once.
      weight.derived = new Map();
      const [bias, slope] = [0, 1].map(() => filled(device, [1, outputs, 1, 1]));
      const y = Tensor.empty(device, [batch, outputs, ...to]);
      for (let round = 0; round < rounds; round++) {
        for (const name of kernels) {
          device.operation = `${name} ${round}`;
          runConvolution(device, x, weight, y, { ...geometry, bias, slope, kernel: name });
        }
      }
    });
    const sums = new Map<string, number>();
    for (const { label, start, end } of await device.stopProfile()) {
      const operation = label.slice(label.indexOf(": ") + 2);
      sums.set(operation, (sums.get(operation) ?? 0) + end - start);
    }
    const least = (name: string) =>
      Math.min(...Array.from({ length: rounds }, (_, round) => sums.get(`${name} ${round}`)!));
    return new Map(kernels.map((name) => [name, least(name)]));
  };
}

/** A tensor of random values, which differ from channel to channel. */
function filled(device: Device, shape: Shape): Tensor {
  const { uniform } = randomNumbers(0, shape.join());
  const values = Float32Array.from({ length: shape[1] }, () => uniform() - 0.5);
  return noGrad(() => broadcastTo(Tensor.from(device, [1, shape[1], 1, 1], values), shape));
}
