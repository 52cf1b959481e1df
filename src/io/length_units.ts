/** Micrometres in one of each unit of length that microscopes' files name. */
const MICROMETRES: Readonly<Record<string, number>> = {
  pm: 1e-6,
  "Å": 1e-4,
  angstrom: 1e-4,
  nm: 1e-3,
  nanometer: 1e-3,
  "µm": 1,
  um: 1,
  micron: 1,
  microns: 1,
  micrometer: 1,
  mm: 1e3,
  millimeter: 1e3,
  cm: 1e4,
  centimeter: 1e4,
  m: 1e6,
  meter: 1e6,
  in: 25400,
  inch: 25400,
  inches: 25400,
};

/** The names that OME gives to those units, by their length. */
const OME_NAMES: ReadonlyMap<number, string> = new Map(
  ["pm", "Å", "nm", "µm", "mm", "cm", "m", "in"].map((name) => [MICROMETRES[name], name]),
);

/** Micrometres in a unit of length, undefined where it is not known ("pixel"). */
export function micrometres(unit: string): number | undefined {
  // The Greek letter mu stands for the micro sign.
  const name = unit.trim().replace("\u03bc", "\u00b5");
  return MICROMETRES[name] ?? MICROMETRES[name.toLowerCase()];
}

/** OME's name for a unit; what OME has no name for is a "reference frame", in its words. */
export function omeUnit(unit: string): string {
  if (/^pixels?$/i.test(unit)) return "pixel";
  return OME_NAMES.get(micrometres(unit) ?? NaN) ?? "reference frame";
}
