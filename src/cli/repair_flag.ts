import { InvalidArgumentError } from "commander";
import type { RepairChoice } from "../jobs/predict_file.ts";

/** "auto", or slices from 0: "3,7-9" is 3, 7, 8 and 9. */
export function repairChoice(text: string): RepairChoice {
  if (text === "auto") return text;
  const slices = text.split(",").flatMap((part) => {
    const match = part.trim().match(/^(\d+)(?:-(\d+))?$/);
    const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [1, 0];
    if (first > last || last > MOST) {
      throw new InvalidArgumentError(
        'It must be slices, counted from 0, such as 3,7-9; or "auto".',
      );
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(slices)].sort((a, b) => a - b);
}

/** A stack has fewer slices. */
const MOST = 1_000_000;
