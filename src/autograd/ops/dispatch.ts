const WORKGROUP = 64;
const MAX_GROUPS = 65535;

/** Workgroups for `count` invocations of a kernel of 64 lanes that spreads over x and y. */
export function linearGrid(count: number): [number, number, number] {
  const groups = Math.ceil(count / WORKGROUP);
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}
