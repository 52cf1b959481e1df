import { hasSubgroupsOf8 } from "../../src/autograd/ops/dispatch.ts";
import {
  runWeightGradient,
  type WeightGradientKernelName,
} from "../../src/autograd/ops/weight_gradient_kernels.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Device } from "../../src/gpu/device.ts";
import { assertClose } from "./assert_close.ts";
import { testDevice } from "./device.ts";
import { Formula } from "./formula.ts";
import { readWhole } from "./values.ts";

const IN_SUBGROUPS: readonly WeightGradientKernelName[] = ["subgroup", "winograd"];
export const HAS_SUBGROUPS = hasSubgroupsOf8(await testDevice());
/** True where a kernel is right on the test device. */
export const canRun = (kernel: WeightGradientKernelName) =>
  HAS_SUBGROUPS || !IN_SUBGROUPS.includes(kernel);

export interface Geometry {
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: number;
}

export const GEOMETRIES: Readonly<Record<string, Geometry>> = {
  "3x3": { kernel: [3, 3], stride: 1, padding: 1 },
  "3x3 without padding": { kernel: [3, 3], stride: 1, padding: 0 },
  "3x3 of stride 2": { kernel: [3, 3], stride: 2, padding: 1 },
  "4x4 of stride 2": { kernel: [4, 4], stride: 2, padding: 1 },
  "1x1": { kernel: [1, 1], stride: 1, padding: 0 },
  "5x2": { kernel: [5, 2], stride: 1, padding: 2 },
};

export interface Case {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
}

const formula = new Formula(0);

/** Every product of a pixel of x and one of g, added to its tap, in float64. */
function reference(
  x: Float32Array,
  g: Float32Array,
  shapes: { x: Shape; g: Shape; y: Shape },
  { stride, padding }: Geometry,
): Float64Array {
  const [batch, inputs, height, width] = shapes.x;
  const [, outputs, rows, columns] = shapes.g;
  const [, , kernelY, kernelX] = shapes.y;
  const y = new Float64Array(outputs * inputs * kernelY * kernelX);
  for (let i = 0; i < y.length; i++) {
    const kx = i % kernelX;
    const ky = Math.floor(i / kernelX) % kernelY;
    const c = Math.floor(i / (kernelX * kernelY)) % inputs;
    const k = Math.floor(i / (kernelX * kernelY * inputs));
    for (let b = 0; b < batch; b++) {
      for (let row = 0; row < rows; row++) {
        const xRow = row * stride + ky - padding;
        if (xRow < 0 || xRow >= height) continue;
        for (let column = 0; column < columns; column++) {
          const xColumn = column * stride + kx - padding;
          if (xColumn < 0 || xColumn >= width) continue;
          y[i] += g[((b * outputs + k) * rows + row) * columns + column] *
            x[((b * inputs + c) * height + xRow) * width + xColumn];
        }
      }
    }
  }
  return y;
}

/** Holds a kernel against float64 arithmetic. */
export async function check(
  kernel: WeightGradientKernelName,
  geometry: Geometry,
  cases: readonly Case[],
): Promise<void> {
  const device = await testDevice();
  for (const { batch, inputs, outputs, height, width } of cases) {
    const size = (length: number, taps: number) =>
      Math.floor((length + 2 * geometry.padding - taps) / geometry.stride) + 1;
    const shapes: Record<"x" | "g" | "y", Shape> = {
      x: [batch, inputs, height, width],
      g: [batch, outputs, size(height, geometry.kernel[0]), size(width, geometry.kernel[1])],
      y: [outputs, inputs, ...geometry.kernel],
    };
    const values = (shape: Shape) => formula.values(`${shape}`, shape.reduce((a, b) => a * b));
    const [x, g] = [values(shapes.x), values(shapes.g)];
    const tensors = [Tensor.from(device, shapes.x, x), Tensor.from(device, shapes.g, g)] as const;
    const y = Tensor.empty(device, shapes.y);
    runWeightGradient(device, [tensors], y, { ...geometry, kernel });
    const { data } = await readWhole(y, kernel);
    const expected = reference(x, g, shapes, geometry);
    assertClose(data, expected, 2e-6, `x [${shapes.x}], g [${shapes.g}]`);
    for (const tensor of [...tensors, y]) tensor.dispose();
  }
}

/** The sizes of all that is allocated on a device from now on. */
export function watchAllocations(device: Device): number[] {
  const asked: number[] = [];
  const allocate = device.allocate.bind(device);
  device.allocate = (bytes, format) => {
    asked.push(bytes);
    return allocate(bytes, format);
  };
  return asked;
}

export interface SplitCase {
  readonly inputs: number;
  readonly outputs: number;
  readonly side: number;
  readonly geometry: Geometry;
}

/** A weight's gradient for `uses` of it, of samples from..from + count - 1. */
export async function ofSamples(
  kernel: WeightGradientKernelName,
  { inputs, outputs, side, geometry }: SplitCase,
  { uses, from, count }: { uses: number; from: number; count: number },
): Promise<Float32Array> {
  const device = await testDevice();
  const gSide = Math.floor((side + 2 * geometry.padding - geometry.kernel[0]) / geometry.stride) +
    1;
  const samples = (name: string, channels: number, side: number) => {
    const size = channels * side * side;
    const all = valuesOf(name, SAMPLES * size);
    return Tensor.from(
      device,
      [count, channels, side, side],
      all.subarray(from * size, (from + count) * size),
    );
  };
  const pairs = Array.from({ length: uses }, (_, use) =>
    [
      samples(`x${use}`, inputs, side),
      samples(`g${use}`, outputs, gSide),
    ] as const);
  const y = Tensor.empty(device, [outputs, inputs, ...geometry.kernel]);
  runWeightGradient(device, pairs, y, { ...geometry, kernel });
  const answer = await y.read();
  for (const tensor of [...pairs.flat(), y]) tensor.dispose();
  return answer;
}

/** Samples that {@link ofSamples} takes some of. */
export const SAMPLES = 7;

const known = new Map<string, Float32Array>();

function valuesOf(name: string, count: number): Float32Array {
  const key = `${name} ${count}`;
  const values = known.get(key) ?? formula.values(name, count);
  known.set(key, values);
  return values;
}
