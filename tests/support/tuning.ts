import { basename, join } from "node:path";
import { type ConvolutionTimer, networkConvolutions, tuneConvolution } from "../../src/core.ts";
import { createFile } from "../../src/files/local_files.ts";
import { keepTuning, type Tuning, tuningFile } from "../../src/files/tuning.ts";
import { testDevice } from "./device.ts";

const device = await testDevice();

/** Where the tests' adapter's tuning is in a cache folder. */
export function tuningIn(cache: string): string {
  return join(cache, "zaugnet/kernels", basename(tuningFile(device.adapter)!));
}

/** Where the rules are never the fastest: the last kernel that is offered is. */
const timer: ConvolutionTimer = (_, kernels) =>
  Promise.resolve(new Map(kernels.map((name, i) => [name, kernels.length - i])));

/** Tunes the tests' adapter for tiles of a side, without measuring. */
export async function tuneFor(side: number, cache: string): Promise<Tuning> {
  const geometries = networkConvolutions(device, side);
  const convolutions = await Promise.all(geometries.map((g) => tuneConvolution(device, g, timer)));
  return await keepTuning(await createFile(tuningIn(cache)), device.adapter, {
    tiles: [side],
    convolutions,
  });
}
