import { type LabelStack, type Spacing, spacingOf, type Watch } from "./label_stack.ts";
import { InputError } from "../errors.ts";
import { option, phrase } from "../message.ts";

/** The surface of one labelled body. */
export interface BodySurface {
  readonly label: number;
  /** Voxels within the outer contours: holes are filled. */
  readonly voxels: number;
  /** Centre of those voxels: x, y, z in the spacing's unit. */
  readonly centre: readonly [x: number, y: number, z: number];
  /** x, y, z of each surface point, relative to the centre. */
  readonly points: readonly number[];
  /** The solid angle under which each point's voxel face is seen from the centre, in sr. */
  readonly weights: readonly number[];
  /** Whether it touches a side of the stack, its first or its last slice. */
  readonly cut: boolean;
}

type Axis = 0 | 1 | 2;

interface Body {
  voxels: number;
  readonly sum: [number, number, number];
  readonly points: number[];
  /** Which way each point's face looks. */
  readonly normals: Axis[];
  cut: boolean;
}

/** A body in one slice: a box with a margin of one pixel, and what lies outside in it. */
interface Region {
  readonly left: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
  /** 1 where a pixel is outside the outer contours, [rows][columns]. */
  readonly outside: Uint8Array;
}

/**
 * Collects each body's surface points in physical units: halfway between a voxel inside and its
 * neighbour outside, the vertices of marching cubes. Those within a slice are the slice's contours;
 * those between slices close the surface, where contours alone leave the poles and every step from
 * a large contour to a small one bare. Holes in slices are filled. Reads slice by slice and holds
 * two, and the points. Throws an InputError where the stack does not state its voxel size.
 */
export async function surfacePoints(
  labels: LabelStack,
  { signal, onProgress }: Watch = {},
): Promise<BodySurface[]> {
  const spacing = requireSpacing(labels);
  const { z: depth, y: height, x: width } = labels.sizes;
  const bodies = new Map<number, Body>();
  let before = new Map<number, Region>();
  for (let z = 0; z < depth; z++) {
    signal?.throwIfAborted();
    const slice = await labels.readSlice(z);
    const regions = new Map<number, Region>();
    for (const [label, box] of boxesOf(slice, width)) {
      const body = bodies.get(label) ??
        { voxels: 0, sum: [0, 0, 0], points: [], normals: [], cut: false };
      bodies.set(label, body);
      const region = regionOf(slice, width, label, box);
      addContour(body, region, z, spacing);
      regions.set(label, region);
      const atSide = box.left === 0 || box.top === 0 || box.right === width - 1 ||
        box.bottom === height - 1;
      body.cut ||= atSide || z === 0 || z === depth - 1;
    }
    for (const label of new Set([...before.keys(), ...regions.keys()])) {
      const [below, above] = [before.get(label), regions.get(label)];
      addSteps(bodies.get(label)!, below, above, z - 0.5, spacing);
      addSteps(bodies.get(label)!, above, below, z - 0.5, spacing);
    }
    before = regions;
    onProgress?.(z + 1);
  }
  return [...bodies].sort(([a], [b]) => a - b).map(([label, body]) =>
    centred(label, body, spacing)
  );
}

function requireSpacing({ name, voxelSize }: LabelStack): Spacing {
  const spacing = spacingOf(voxelSize);
  if (spacing) return spacing;
  throw new InputError(
    phrase`${name} does not state its voxel size, without which a shape is unknown: give z, y and x
      in µm with ${option("voxelSize")}.`,
  );
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function boxesOf(slice: Int32Array, width: number): Map<number, Box> {
  const boxes = new Map<number, Box>();
  for (let i = 0; i < slice.length; i++) {
    const label = slice[i];
    if (label === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    const box = boxes.get(label);
    if (!box) boxes.set(label, { left: x, right: x, top: y, bottom: y });
    else {
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      box.bottom = y;
    }
  }
  return boxes;
}

const STEPS = [[-1, 0], [1, 0], [0, -1], [0, 1]] as const;

function regionOf(slice: Int32Array, width: number, label: number, box: Box): Region {
  const [left, top] = [box.left - 1, box.top - 1];
  const [columns, rows] = [box.right - left + 2, box.bottom - top + 2];
  const outside = floodOutside(columns, rows, (x, y) => {
    const within = x > 0 && y > 0 && x < columns - 1 && y < rows - 1;
    return within && slice[(y + top) * width + x + left] === label;
  });
  return { left, top, columns, rows, outside };
}

function isInside({ left, top, columns, rows, outside }: Region, x: number, y: number): boolean {
  const [column, row] = [x - left, y - top];
  if (column < 0 || row < 0 || column >= columns || row >= rows) return false;
  return !outside[row * columns + column];
}

/** Adds a slice's outer contours and voxels to a body. */
function addContour(
  body: Body,
  { left, top, columns, outside }: Region,
  z: number,
  spacing: Spacing,
): void {
  for (let i = 0; i < outside.length; i++) {
    if (outside[i]) continue;
    const [x, y] = [i % columns + left, Math.floor(i / columns) + top];
    body.voxels++;
    body.sum[0] += x * spacing.x;
    body.sum[1] += y * spacing.y;
    body.sum[2] += z * spacing.z;
    for (const [dx, dy] of STEPS) {
      if (!outside[i + dy * columns + dx]) continue;
      body.points.push((x + dx / 2) * spacing.x, (y + dy / 2) * spacing.y, z * spacing.z);
      body.normals.push(dx === 0 ? 1 : 0);
    }
  }
}

/** Adds the faces between the pixels of one slice and the outside in the next. */
function addSteps(
  { points, normals }: Body,
  region: Region | undefined,
  next: Region | undefined,
  z: number,
  spacing: Spacing,
): void {
  if (!region) return;
  for (let i = 0; i < region.outside.length; i++) {
    if (region.outside[i]) continue;
    const [x, y] = [i % region.columns + region.left, Math.floor(i / region.columns) + region.top];
    if (next && isInside(next, x, y)) continue;
    points.push(x * spacing.x, y * spacing.y, z * spacing.z);
    normals.push(2);
  }
}

/** Which pixels of a box are reached from its first, along edges, without entering the body. */
function floodOutside(
  columns: number,
  rows: number,
  inside: (x: number, y: number) => boolean,
): Uint8Array {
  const outside = new Uint8Array(columns * rows);
  const open = [0];
  outside[0] = 1;
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    for (const [dx, dy] of STEPS) {
      const [toX, toY] = [x + dx, y + dy];
      if (toX < 0 || toY < 0 || toX >= columns || toY >= rows) continue;
      const to = toY * columns + toX;
      if (outside[to] || inside(toX, toY)) continue;
      outside[to] = 1;
      open.push(to);
    }
  }
  return outside;
}

function centred(
  label: number,
  { voxels, sum, points, normals, cut }: Body,
  { x, y, z }: Spacing,
): BodySurface {
  const centre = [sum[0] / voxels, sum[1] / voxels, sum[2] / voxels] as const;
  for (let i = 0; i < points.length; i++) points[i] -= centre[i % 3];
  const areas = [y * z, x * z, x * y];
  const weights = normals.map((axis, i) => {
    const radius = Math.hypot(points[3 * i], points[3 * i + 1], points[3 * i + 2]);
    return areas[axis] * Math.abs(points[3 * i + axis]) / radius ** 3;
  });
  return { label, voxels, centre, points, weights, cut };
}
