import type { StackInfo, VoxelSize } from "../core.ts";
import { formatNumber, unitOf } from "./display_text.ts";

/** How many slices a stack will have, and how far apart, where that is plain. */
export function outlook({ sizes, voxelSize }: StackInfo, factor?: number): string {
  if (sizes.z === 1) return "One slice: there is nothing to predict between.";
  if (factor === undefined) return `${sizes.z} slices now, z step ${stepOf(voxelSize)}.`;
  const become = `${sizes.z} slices become ${factor * (sizes.z - 1) + 1}`;
  if (voxelSize.z === undefined) {
    return `${become}. The file tells no z step, so none can be asked for.`;
  }
  return `${become}, z step ${stepOf({ ...voxelSize, z: voxelSize.z / factor })}.`;
}

function stepOf(voxel: VoxelSize): string {
  return voxel.z === undefined ? "unknown" : `${formatNumber(voxel.z)} ${unitOf(voxel)}`.trim();
}
