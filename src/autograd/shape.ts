/** Batch, channels, height, width. Vectors are [1, n, 1, 1], scalars [1, 1, 1, 1]. */
export type Shape = readonly [number, number, number, number];

/** Shapes that do not go together. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** Channels are packed by four: the number of such quads. */
export function quads(channels: number): number {
  return Math.ceil(channels / 4);
}

/** Elements in the logical order. */
export function elements([n, c, h, w]: Shape): number {
  return n * c * h * w;
}

/** vec4 values in the packed layout [n][ceil(c/4)][h][w]. */
export function packedQuads([n, c, h, w]: Shape): number {
  return n * quads(c) * h * w;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.every((size, axis) => size === b[axis]);
}

export function formatShape([n, c, h, w]: Shape): string {
  return `[${n},${c},${h},${w}]`;
}

/**
 * The shape of an elementwise operation: sizes are equal or one of them is 1.
 * @throws {ShapeError} where they are neither.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  return a.map((size, axis) => {
    const other = b[axis];
    if (size !== other && size !== 1 && other !== 1) {
      throw new ShapeError(`Shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    }
    return size === 1 ? other : size;
  }) as unknown as Shape;
}

/** Packs values in the order [n][c][h][w] into [n][ceil(c/4)][h][w][4]; spare channels are 0. */
export function packChannels(
  data: Float32Array,
  [n, c, h, w]: Shape,
): Float32Array<ArrayBuffer> {
  const packed = new Float32Array(n * quads(c) * h * w * 4);
  forEachPlane([n, c, h, w], (plane, base) => {
    for (let p = 0; p < h * w; p++) packed[base + p * 4] = data[plane + p];
  });
  return packed;
}

/** The inverse of {@link packChannels}. */
export function unpackChannels(packed: Float32Array, shape: Shape): Float32Array<ArrayBuffer> {
  const area = shape[2] * shape[3];
  const data = new Float32Array(elements(shape));
  forEachPlane(shape, (plane, base) => {
    for (let p = 0; p < area; p++) data[plane + p] = packed[base + p * 4];
  });
  return data;
}

function forEachPlane([n, c, h, w]: Shape, visit: (plane: number, base: number) => void): void {
  for (let batch = 0; batch < n; batch++) {
    for (let channel = 0; channel < c; channel++) {
      const quad = batch * quads(c) + (channel >> 2);
      visit((batch * c + channel) * h * w, quad * h * w * 4 + (channel & 3));
    }
  }
}
