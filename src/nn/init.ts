import { randomNumbers } from "../random.ts";
import type { ParameterSource } from "./module.ts";

/** What PyTorch starts a PReLU's slopes with. */
const SLOPE = 0.25;

/**
 * Fresh parameters as PyTorch's layers draw them: weights and biases of convolutions uniform in
 * +-1 / sqrt(fan in), slopes 0.25. The numbers depend on the seed and the parameter's name only.
 */
export function initialParameters(seed: number): ParameterSource {
  // A bias is drawn by the fan-in of its weight, which is declared right before it.
  let bound = 0;
  return {
    get(name, shape) {
      const count = shape.reduce((a, b) => a * b, 1);
      if (shape.length === 4) bound = 1 / Math.sqrt(shape[1] * shape[2] * shape[3]);
      else if (!name.endsWith(".bias")) return { shape, data: new Float32Array(count).fill(SLOPE) };
      const random = randomNumbers(seed, name);
      const data = Float32Array.from({ length: count }, () => bound * (2 * random.uniform() - 1));
      return { shape, data };
    },
  };
}
