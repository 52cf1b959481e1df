import { randomNumbers } from "../random.ts";
import type { Volume } from "./tissue.ts";

/** Standard deviations of the point spread, in micrometres: three times worse along z. */
const SPREAD = { xy: 0.3, z: 0.9 };
/** Photons of a light source of 1, and of an empty background. */
const PHOTONS = { full: 600, background: 12 };
/** Grey levels per photon, of an empty camera, and of its reading noise. */
const CAMERA = { gain: 4, offset: 100, readNoise: 6 };

/** Blurs a volume as a microscope does, with mirrored borders. */
export function blur(volume: Volume): Volume {
  const { z, y, x, step } = volume;
  const planar = kernel(SPREAD.xy / step.xy);
  let data = blurAxis(volume.data, x, 1, planar);
  data = blurAxis(data, y, x, planar);
  data = blurAxis(data, z, x * y, kernel(SPREAD.z / step.z));
  return { ...volume, data };
}

/**
 * Photographs a volume slice by slice: shot noise that grows with the root of the light, reading
 * noise, an offset, 16 bits.
 */
export function photograph({ data, z, y, x }: Volume, seed: number): Uint16Array<ArrayBuffer>[] {
  return Array.from({ length: z }, (_, slice) => {
    const random = randomNumbers(seed, "noise", slice);
    return Uint16Array.from(data.subarray(slice * y * x, (slice + 1) * y * x), (light) => {
      const photons = PHOTONS.background + PHOTONS.full * light;
      const noise = Math.hypot(CAMERA.gain * Math.sqrt(photons), CAMERA.readNoise);
      const level = CAMERA.offset + CAMERA.gain * photons + noise * random.normal();
      return Math.min(65535, Math.max(0, Math.round(level)));
    });
  });
}

function kernel(deviation: number): Float32Array {
  const radius = Math.ceil(3 * deviation);
  const weights = Float32Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight);
  return weights.map((weight) => weight / sum);
}

/** Convolves along the axis of `length` samples that lie `stride` apart. */
function blurAxis(
  data: Float32Array,
  length: number,
  stride: number,
  weights: Float32Array,
): Float32Array<ArrayBuffer> {
  const radius = weights.length >> 1;
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / stride) % length;
    let sum = 0;
    for (let k = -radius; k <= radius; k++) {
      sum += weights[k + radius] * data[i + (mirror(at + k, length) - at) * stride];
    }
    result[i] = sum;
  }
  return result;
}

function mirror(at: number, length: number): number {
  const inside = at < 0 ? -1 - at : at >= length ? 2 * length - 1 - at : at;
  return Math.min(length - 1, Math.max(0, inside));
}
