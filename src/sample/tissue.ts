import { randomNumbers } from "../random.ts";

/** A volume of samples, [z][y][x] row-major, and its steps in micrometres. */
export interface Volume {
  readonly data: Float32Array<ArrayBuffer>;
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly step: { readonly z: number; readonly xy: number };
}

/** Distance between the centres of neighbouring cells, in micrometres. */
const CELL = 9;
const MEMBRANE_WIDTH = 0.7;
const NUCLEUS_RADIUS = 2.6;

interface Cell {
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly radius: number;
  readonly brightness: number;
}

/**
 * Draws cells as a light source of 0..1: membranes where two cells meet, and in each cell a nucleus
 * of its own size and brightness. The shapes are smooth in all three directions.
 */
export function drawTissue(seed: number, size: Omit<Volume, "data">): Volume {
  const { z: depth, y: height, x: width, step } = size;
  const cellsAt = cellGrid(seed);
  const bend = bends(seed);
  const data = new Float32Array(depth * height * width);
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const pz = z * step.z + bend(y * step.xy, x * step.xy);
        const py = y * step.xy + bend(x * step.xy, z * step.z);
        const px = x * step.xy + bend(z * step.z, y * step.xy);
        data[i] = lightAt(cellsAt(pz, py, px), pz, py, px);
      }
    }
  }
  return { ...size, data };
}

/** Slow waves that bend the walls between cells, which would be flat. */
function bends(seed: number): (a: number, b: number) => number {
  const random = randomNumbers(seed, "bends");
  const [p, q] = [random.uniform() * 7, random.uniform() * 7];
  return (a, b) => 0.9 * Math.sin(a / 3.1 + p) * Math.cos(b / 3.7 + q);
}

/** The cells that can be nearest to a point: those of its cube of the grid and of all around it. */
function cellGrid(seed: number): (z: number, y: number, x: number) => readonly Cell[] {
  const known = new Map<string, readonly Cell[]>();
  let [lastZ, lastY, lastX] = [NaN, NaN, NaN];
  let cells: readonly Cell[] = [];
  return (z, y, x) => {
    const [gz, gy, gx] = [Math.floor(z / CELL), Math.floor(y / CELL), Math.floor(x / CELL)];
    if (gx !== lastX || gy !== lastY || gz !== lastZ) {
      const key = `${gz},${gy},${gx}`;
      cells = known.get(key) ?? around(gz, gy, gx).map((cube) => drawCell(seed, cube));
      known.set(key, cells);
      [lastZ, lastY, lastX] = [gz, gy, gx];
    }
    return cells;
  };
}

function around(z: number, y: number, x: number): readonly number[][] {
  const steps = [-1, 0, 1];
  return steps.flatMap((dz) => steps.flatMap((dy) => steps.map((dx) => [z + dz, y + dy, x + dx])));
}

/** The cell of a cube, somewhere in its middle. */
function drawCell(seed: number, cube: readonly number[]): Cell {
  const random = randomNumbers(seed, "cell", ...cube);
  const [z, y, x] = cube.map((place) => (place + 0.2 + 0.6 * random.uniform()) * CELL);
  const radius = NUCLEUS_RADIUS * (0.7 + 0.6 * random.uniform());
  return { z, y, x, radius, brightness: 0.3 + 0.5 * random.uniform() };
}

function lightAt(cells: readonly Cell[], z: number, y: number, x: number): number {
  let nearest = cells[0];
  let first = Infinity;
  let second = Infinity;
  for (const cell of cells) {
    const square = (z - cell.z) ** 2 + (y - cell.y) ** 2 + (x - cell.x) ** 2;
    if (square < first) {
      second = first;
      first = square;
      nearest = cell;
    } else if (square < second) second = square;
  }
  const distance = Math.sqrt(first);
  const membrane = Math.exp(-(((Math.sqrt(second) - distance) / MEMBRANE_WIDTH) ** 2));
  const grain = 0.8 + 0.2 * Math.sin(2.2 * x) * Math.sin(2 * y + 1) * Math.sin(1.8 * z + 2);
  const edge = 1 + Math.exp((distance - nearest.radius) / 0.2);
  return 0.9 * membrane + nearest.brightness * grain / edge;
}
