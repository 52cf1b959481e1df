import {
  type Device,
  type Format,
  Formula,
  generator,
  noGrad,
  Parameters,
  scope,
  Tensor,
  withFeatures,
} from "../core.ts";

const SIDE = 64;

/**
 * Pixels of what PyTorch 2.13 (CPU, float32) predicts with the formula's weights between the
 * formula's first two images of {@link SIDE} x {@link SIDE}; those that the last clamp hides are
 * left out. Measured outside this project: the golden vector `zaugnet_64x64` with seed 0.
 */
export const KNOWN: readonly (readonly [index: number, value: number])[] = [
  [0, 0.377978],
  [67, 0.476910],
  [134, 0.348670],
  [268, 0.551635],
  [335, 0.400909],
  [402, 0.363151],
  [536, 0.282993],
  [670, 0.623569],
  [737, 0.051951],
  [804, 0.457357],
  [938, 0.305964],
  [1005, 0.674643],
  [1072, 0.050244],
  [1139, 0.543220],
  [1340, 0.276875],
  [1474, 0.478899],
  [1541, 0.421564],
  [1675, 0.025886],
  [1809, 0.613625],
  [2077, 0.680608],
  [2345, 0.203694],
  [2613, 0.142992],
  [2680, 0.533639],
  [2948, 0.163327],
  [3082, 0.497928],
  [3149, 0.936164],
  [3216, 0.191986],
  [3283, 0.616458],
  [3484, 0.765116],
  [3618, 0.323315],
  [3685, 0.135087],
  [3752, 0.877670],
];

/** How far a network's answer may be from PyTorch's; untrained weights make much of rounding. */
const TOLERANCES: Readonly<Record<Format, number>> = { f32: 1e-4, f16: 1.5e-2 };

/** How a pass of the network went. */
export interface SelfTest {
  readonly precision: Format;
  /** The largest difference from PyTorch's numbers, which are within 0..1. */
  readonly difference: number;
  readonly tolerance: number;
  /** Of the pass, its kernels compiled before or not. */
  readonly seconds: number;
}

/** Sends two images through a network of the paper's widths, in each precision that there is. */
export async function selfTest(device: Device): Promise<SelfTest[]> {
  const formula = new Formula(0);
  const images = formula.image(`zaugnet/${SIDE}x${SIDE}`, [1, 3, SIDE, SIDE]);
  const plane = (index: number) =>
    Tensor.from(
      device,
      [1, 1, SIDE, SIDE],
      images.slice(index * SIDE * SIDE, (index + 1) * SIDE * SIDE),
    );
  const parameters = new Parameters(device, formula.source("zaugnet/"));
  const network = generator(parameters, "zaugnet", false);
  const input = { before: plane(0), after: plane(1) };
  const halves = device.adapter.features.includes("shader-f16");
  const tests: SelfTest[] = [];
  try {
    for (const precision of halves ? ["f32", "f16"] as const : ["f32"] as const) {
      const start = performance.now();
      const answer = scope(() =>
        noGrad(() => withFeatures(precision, () => network.predict(input)))
      );
      const values = await answer.read();
      answer.dispose();
      tests.push({
        precision,
        // A NaN makes it NaN, which is no small difference.
        difference: Math.max(...KNOWN.map(([i, known]) => Math.abs(values[i] - known))),
        tolerance: TOLERANCES[precision],
        seconds: (performance.now() - start) / 1000,
      });
    }
    return tests;
  } finally {
    for (const tensor of Object.values(input)) tensor.dispose();
    parameters.dispose();
  }
}

/** Whether a pass answered what PyTorch does. */
export function isRight({ difference, tolerance }: SelfTest): boolean {
  return difference <= tolerance;
}
