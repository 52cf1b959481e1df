import type { RandomNumbers } from "../random.ts";
import type { Cut, PlaneSides } from "./patch.ts";

/** What is varied at random; each can be left out. */
export const AUGMENTATIONS = [
  "contrast",
  "brightness",
  "rotation",
  "turns",
  "flips",
  "swap",
] as const;
/**
 * - "contrast": distances from the triplet's mean times 0.5..1.5, one triplet in 0.3.
 * - "brightness": samples times 0.4..1.6, one triplet in 0.3.
 * - "rotation": a square turned by any angle, one triplet in two, where the slice has the room.
 * - "turns": 0, 90, 180 or 270 degrees, for the others.
 * - "flips": left and right, top and bottom, each one triplet in two.
 * - "swap": before and after exchanged and the distance counted from the other side, one in two.
 */
export type Augmentation = typeof AUGMENTATIONS[number];

/** The augmentations in use. */
export type Augmentations = ReadonlySet<Augmentation>;

const INTENSITY_CHANCE = 0.3;
const CONTRAST = { least: 0.5, most: 1.5 };
const BRIGHTNESS = { least: 0.4, most: 1.6 };

/**
 * Draws where a `size` x `size` patch is cut from a slice: anywhere, turned and mirrored as the
 * augmentations allow, each of its samples inside the slice. The slice must be no smaller.
 */
export function drawCut(
  random: RandomNumbers,
  { height, width }: PlaneSides,
  size: number,
  use: Augmentations,
): Cut {
  const reach = (size - 1) / 2;
  const chance = () => random.uniform() < 0.5;
  let direction = use.has("turns") ? quarterTurn(random.integer(4)) : [1, 0];
  let centre = [
    random.integer(width - size + 1) + reach,
    random.integer(height - size + 1) + reach,
  ];
  if (use.has("rotation") && chance()) {
    const angle = 2 * Math.PI * random.uniform();
    const turned = [Math.cos(angle), Math.sin(angle)];
    const margin = reach * (Math.abs(turned[0]) + Math.abs(turned[1]));
    const room = [width - 1 - 2 * margin, height - 1 - 2 * margin];
    if (room.every((side) => side >= 0)) {
      direction = turned;
      centre = room.map((side) => margin + side * random.uniform());
    }
  }
  const [mirrorX, mirrorY] = use.has("flips") ? [chance(), chance()] : [false, false];
  const [dx, dy] = direction;
  const column = mirrorX ? [-dx, -dy] as const : [dx, dy] as const;
  const row = mirrorY ? [dy, -dx] as const : [-dy, dx] as const;
  return {
    x: centre[0] - reach * (column[0] + row[0]),
    y: centre[1] - reach * (column[1] + row[1]),
    column,
    row,
  };
}

/** Cosine and sine of a multiple of 90 degrees, exactly. */
function quarterTurn(quarters: number): number[] {
  return [[1, 0], [0, 1], [-1, 0], [0, -1]][quarters];
}

/** How the samples of a triplet are changed, all three slices alike. */
export interface Intensities {
  /** 1 leaves the contrast. */
  readonly contrast: number;
  /** 1 leaves the brightness. */
  readonly brightness: number;
}

/** Draws contrast and brightness as the paper's code does. */
export function drawIntensities(random: RandomNumbers, use: Augmentations): Intensities {
  const draw = (name: Augmentation, { least, most }: { least: number; most: number }) => {
    const [chance, part] = [random.uniform(), random.uniform()];
    return use.has(name) && chance < INTENSITY_CHANCE ? least + part * (most - least) : 1;
  };
  return { contrast: draw("contrast", CONTRAST), brightness: draw("brightness", BRIGHTNESS) };
}

/**
 * Changes the contrast of planes about their common mean, then the brightness, and clips to 0..1,
 * in place. (The published code does not clip its input, while the network's output is.)
 */
export function applyIntensities(
  planes: readonly Float32Array[],
  { contrast, brightness }: Intensities,
): void {
  const mean = contrast === 1 ? 0 : meanOf(planes);
  const gain = contrast * brightness;
  const offset = brightness * (mean - contrast * mean);
  for (const plane of planes) {
    for (let i = 0; i < plane.length; i++) {
      const value = plane[i] * gain + offset;
      plane[i] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
  }
}

function meanOf(planes: readonly Float32Array[]): number {
  let sum = 0;
  for (const plane of planes) {
    for (let i = 0; i < plane.length; i++) sum += plane[i];
  }
  return sum / (planes.length * planes[0].length);
}
