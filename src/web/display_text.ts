import { type StackInfo, unitName, type VoxelSize } from "../core.ts";

export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

export function formatNumber(value: number): string {
  const absolute = Math.abs(value);
  const exact = absolute >= 1e5 || (absolute < 1e-3 && value !== 0);
  return exact && !Number.isInteger(value) ? value.toExponential(2) : String(+value.toPrecision(4));
}

/** "20 s", "3 min", "2 h 05 min": as exact as a reader needs. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export function unitOf({ unit }: VoxelSize): string {
  return unitName(unit) ?? unit;
}

export function formatVoxel(voxel: VoxelSize): string {
  const sides = [voxel.x, voxel.y, voxel.z].map((side) =>
    side === undefined ? "?" : formatNumber(side)
  );
  if (sides.every((side) => side === "?")) return "unknown";
  return `${sides.join(" × ")} ${unitOf(voxel)}`.trim();
}

export function formatSizes({ x, y, z, c, t }: StackInfo["sizes"]): string {
  const more = [...c > 1 ? [`${c} channels`] : [], ...t > 1 ? [`${t} frames`] : []];
  return [`${x} × ${y} × ${z}`, ...more].join(", ");
}
