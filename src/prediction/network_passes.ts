import { noGrad, withFeatures } from "../autograd/op.ts";
import { scope } from "../autograd/scope.ts";
import { full } from "../autograd/ops/mod.ts";
import type { Device } from "../gpu/device.ts";
import type { Format } from "../gpu/storage_format.ts";
import { Parameters } from "../nn/module.ts";
import { generator } from "../zaugnet/generator.ts";

/** The first turn also packs weights. */
const TURNS = 5;

/**
 * Milliseconds of device time that ZAugNet takes for this many tiles of side x side at once, with its
 * features in each format: the least of several passes, in turns. Needs timestamp queries and
 * shader-f16.
 */
export async function timePasses(
  device: Device,
  images: number,
  side: number,
): Promise<Record<Format, number>> {
  // Values change no time: zeros will do.
  const parameters = new Parameters(device, { get: () => undefined });
  const network = generator(parameters, "zaugnet", false);
  const least = { f32: Infinity, f16: Infinity };
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      for (const format of ["f32", "f16"] as const) {
        device.startProfile();
        scope(() => {
          const plane = full(device, [images, 1, side, side], 0.5);
          const input = { before: plane, after: plane };
          noGrad(() => withFeatures(format, () => network.predict(input)));
        });
        const times = await device.stopProfile();
        const total = times.reduce((sum, { start, end }) => sum + end - start, 0);
        least[format] = Math.min(least[format], total);
      }
    }
  } finally {
    parameters.dispose();
  }
  return least;
}
