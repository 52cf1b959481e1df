/**
 * The 26 neighbours of a voxel as bits of a number: neighbour k lies at NEIGHBOURS[k], in the order
 * of the file.
 */
export const NEIGHBOURS: readonly (readonly [z: number, y: number, x: number])[] = [-1, 0, 1]
  .flatMap((z) => [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [z, y, x] as const)))
  .filter((offset) => offset.some((part) => part !== 0));

const ALL = 2 ** 26 - 1;
const steps = (offset: readonly number[]) => offset.reduce((sum, part) => sum + Math.abs(part), 0);

/** For each neighbour, a bit for each other one that touches it by a face, an edge or a corner. */
const TOUCHING = NEIGHBOURS.map((a) =>
  bits((b) => b !== a && a.every((part, axis) => Math.abs(part - b[axis]) <= 1))
);
/** Those that share a face or an edge with the voxel. */
const EIGHTEEN = bits((offset) => steps(offset) <= 2);
/** Those that share a face with the voxel. */
const SIX = bits((offset) => steps(offset) === 1);
/** For each neighbour, a bit for each of the eighteen that shares a face with it. */
const FACING = NEIGHBOURS.map((a) =>
  EIGHTEEN & bits((b) => steps(a.map((part, axis) => part - b[axis])) === 1)
);

function bits(chosen: (offset: readonly number[]) => boolean): number {
  return NEIGHBOURS.reduce((sum, offset, k) => chosen(offset) ? sum | (1 << k) : sum, 0);
}

/**
 * Whether a voxel with these object neighbours can be removed without a change of topology, for
 * objects that are connected by corners and a background by faces: the neighbours form one object,
 * and the background that faces the voxel is in one piece within its eighteen neighbours (Bertrand
 * and Malandain 1994). Lee's conditions (1994), an unchanged Euler characteristic and one object,
 * hold for the same voxels.
 */
export function isSimple(neighbours: number): boolean {
  if (neighbours === 0) return false;
  if (spread(neighbours & -neighbours, neighbours, TOUCHING) !== neighbours) return false;
  const background = ~neighbours & ALL & EIGHTEEN;
  const facing = background & SIX;
  if (facing === 0) return false;
  return (facing & ~spread(facing & -facing, background, FACING)) === 0;
}

/** All of `members` that is connected with `seed`. */
function spread(seed: number, members: number, adjacency: readonly number[]): number {
  let [reached, fresh] = [seed, seed];
  while (fresh !== 0) {
    const lowest = fresh & -fresh;
    fresh ^= lowest;
    const found = adjacency[31 - Math.clz32(lowest)] & members & ~reached;
    reached |= found;
    fresh |= found;
  }
  return reached;
}

/** Whether just one neighbour belongs to the object: the voxel is the end of a line. */
export function isEnd(neighbours: number): boolean {
  return neighbours !== 0 && (neighbours & (neighbours - 1)) === 0;
}
