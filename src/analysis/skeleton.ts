import { InputError } from "../errors.ts";
import type { StackReader } from "../stack/stack.ts";
import type { FilamentSet } from "./filaments.ts";
import { singleStack, type Watch } from "./label_stack.ts";
import { type PaddedMask, thin } from "./thinning.ts";
import { traceBranches } from "./trace.ts";

/** A typed array holds no more. */
const MOST_VOXELS = 2 ** 31 - 1;

/**
 * Finds the filaments of an image: voxels of at least `threshold` are thinned to lines, and these
 * are cut into branches. Holds one byte for each voxel of the stack. Throws an InputError where
 * that is too much.
 */
export async function skeletonFilaments(
  reader: StackReader,
  threshold: number,
  watch: Watch = {},
): Promise<FilamentSet> {
  const { z, y, x } = singleStack(reader);
  const mask = await readMask(reader, threshold, watch);
  await thin(mask, watch);
  return {
    name: reader.name,
    filaments: traceBranches(mask),
    sizes: { z, y, x },
    voxelSize: reader.info.voxelSize,
  };
}

async function readMask(
  reader: StackReader,
  threshold: number,
  { signal, onProgress }: Watch,
): Promise<PaddedMask> {
  const { z: depth, y: height, x: width } = reader.info.sizes;
  const sizes = [depth + 2, height + 2, width + 2] as const;
  const count = sizes[0] * sizes[1] * sizes[2];
  if (count > MOST_VOXELS) {
    throw new InputError(`${reader.name} has too many voxels to be thinned whole; crop it.`);
  }
  const voxels = new Uint8Array(count);
  for (let z = 0; z < depth; z++) {
    signal?.throwIfAborted();
    const slice = await reader.readSlice(0, 0, z);
    for (let y = 0; y < height; y++) {
      const to = ((z + 1) * sizes[1] + y + 1) * sizes[2] + 1;
      for (let x = 0; x < width; x++) voxels[to + x] = Number(slice[y * width + x] >= threshold);
    }
    onProgress?.(z + 1);
  }
  return { voxels, sizes };
}
