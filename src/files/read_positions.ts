import { InputError } from "../core.ts";
import { readWhole } from "./local_files.ts";

/** Reads the z of each slice: numbers with spaces, lines, commas or brackets between them. */
export async function readPositions(path: string): Promise<number[]> {
  const text = new TextDecoder().decode(await readWhole(path));
  const words = text.split(/[\s,;[\]]+/).filter(Boolean);
  const positions = words.map(Number);
  const wrong = words.find((_, i) => !Number.isFinite(positions[i]));
  if (wrong !== undefined) throw new InputError(`${path}: "${wrong}" is not a number.`);
  return positions;
}
