import { InputError } from "../errors.ts";
import type { Filament, Point } from "./filaments.ts";

/**
 * Reads filaments as SOAX (and TSOAX, of one frame) saves its snakes: lines of parameters, which
 * begin with a letter; "#1" begins an open snake and "#0" a closed one; each of its points is a
 * line "snake point x y z …" in voxels; "[x, y, z]" is a junction, which lengths do not need.
 * JFilament's bare "#" with a line "0" below it begins an open snake, too. Snakes of a single point
 * are left out, as SOAX does. Throws an InputError with the line where the text is anything else.
 */
export function readSnakes(text: string, name: string): Filament[] {
  const snakes: { points: Point[]; closed: boolean; frame: number }[] = [];
  let [frame, dimension, header] = [0, 3, false];
  const fail = (line: number, what: string) =>
    new InputError(`${name}, line ${line + 1}: ${what}; it must be a file of snakes from SOAX.`);
  const lines = text.split(/\r?\n/);
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === "Tracks") break;
    if (line === "" || line.startsWith("[")) continue;
    if (/^[a-z]/i.test(line)) {
      const [key, value] = line.split(/\s+/);
      header ||= key === "image";
      if (key === "dimension") dimension = Number(value);
    } else if (line.startsWith("$")) frame++;
    else if (line.startsWith("#")) snakes.push({ points: [], closed: line[1] === "0", frame });
    else {
      const snake = snakes.at(-1);
      if (!snake) throw fail(i, 'a point stands before the first snake ("#1" or "#0")');
      if (line === "0" && snake.points.length === 0) continue;
      const numbers = line.split(/\s+/).slice(0, 2 + dimension).map(Number);
      if (numbers.length < 2 + dimension || !numbers.every(Number.isFinite)) {
        throw fail(i, `"${line.slice(0, 40)}" is not a point "snake index x y z"`);
      }
      const [, , x, y, z = 0] = numbers;
      snake.points.push([x, y, z]);
    }
  }
  const long = snakes.filter(({ points }) => points.length > 1);
  if (snakes.length === 0 && !header) throw fail(0, "there is no snake and no header");
  if (new Set(long.map(({ frame }) => frame)).size > 1) {
    throw new InputError(`${name} holds the snakes of several frames; save each frame by itself.`);
  }
  return long.map(({ points, closed }) => ({ points, closed }));
}

/**
 * Reads filaments from JSON: `{"filaments": [[[x, y, z], …], …]}`, in voxels, all of them open.
 * Throws an InputError that names the first filament or point that is none.
 */
export function readFilamentsJson(text: string, name: string): Filament[] {
  const fail = (what: string) =>
    new InputError(`${name}: ${what}; it must be {"filaments": [[[x, y, z], …], …]}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail(`it is not JSON (${(error as Error).message})`);
  }
  const filaments = (value as { filaments?: unknown } | null)?.filaments;
  if (!Array.isArray(filaments)) throw fail("it has no list of filaments");
  return filaments.map((points: unknown, i) => {
    if (!Array.isArray(points) || points.length < 2) {
      throw fail(`filament ${i} is not a list of at least two points`);
    }
    const bad = points.findIndex((point) =>
      !(Array.isArray(point) && point.length === 3 && point.every(Number.isFinite))
    );
    if (bad >= 0) throw fail(`point ${bad} of filament ${i} is not three numbers`);
    return { points: points as Point[], closed: false };
  });
}
