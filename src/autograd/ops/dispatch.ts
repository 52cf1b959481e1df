import type { Device } from "../../gpu/device.ts";

const WORKGROUP = 64;
const MAX_GROUPS = 65535;

/** Workgroups for `count` invocations of a kernel of 64 lanes that spreads over x and y. */
export function linearGrid(count: number): [number, number, number] {
  const groups = Math.ceil(count / WORKGROUP);
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** True where the kernels written for subgroups of exactly 8 lanes are right. */
export function hasSubgroupsOf8(device: Device): boolean {
  return device.subgroups && device.adapter.subgroupSize === 8;
}
