import { InvalidArgumentError } from "commander";

/** Parsers of flag values for commander; each refuses in a short sentence. */

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError("It must be a whole number of at least 1.");
  }
  return value;
}

export function numberList(text: string): number[] {
  const values = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (!values.every(Number.isFinite)) {
    throw new InvalidArgumentError("It must be numbers with commas between them.");
  }
  return values;
}

export function range(text: string): [number, number] {
  const values = numberList(text);
  if (values.length !== 2 || values[0] >= values[1]) {
    throw new InvalidArgumentError("It must be two numbers, the lower first: LO,HI.");
  }
  return [values[0], values[1]];
}

export function spacing(text: string): number | "isotropic" {
  if (text === "isotropic") return text;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('It must be a positive number or "isotropic".');
  }
  return value;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/** "2G", "1500MB", "800 MiB": bytes, the units binary. */
export function memory(text: string): number {
  const match = text.trim().toUpperCase().match(/^([\d.]+)\s*([KMG]?)(?:I?B)?$/);
  const value = match ? Number(match[1]) * UNITS[match[2]] : NaN;
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('It must be a size such as "4G" or "1500M".');
  }
  return Math.floor(value);
}
