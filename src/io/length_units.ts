/** Every spelling of a unit of length in microscopes' files, by OME's name for it. */
const UNITS: Readonly<Record<string, { readonly micrometres: number; readonly names: string }>> = {
  pm: { micrometres: 1e-6, names: "picometer picometre picometers picometres" },
  "Å": { micrometres: 1e-4, names: "angstrom angstroms ångström ångströms ang" },
  nm: { micrometres: 1e-3, names: "nanometer nanometre nanometers nanometres" },
  "µm": {
    micrometres: 1,
    names:
      "um u \u00b5 micron microns micrometer micrometre micrometers micrometres mikrometer mikron " +
      "mu \\u00b5m &#181;m &micro;m",
  },
  mm: { micrometres: 1e3, names: "millimeter millimetre millimeters millimetres" },
  cm: { micrometres: 1e4, names: "centimeter centimetre centimeters centimetres" },
  dm: { micrometres: 1e5, names: "decimeter decimetre decimeters decimetres" },
  m: { micrometres: 1e6, names: "meter metre meters metres" },
  km: { micrometres: 1e9, names: "kilometer kilometre kilometers kilometres" },
  in: { micrometres: 25400, names: 'inch inches "' },
  ft: { micrometres: 304800, names: "foot feet" },
};

const BY_SPELLING: ReadonlyMap<string, string> = new Map(
  Object.entries(UNITS).flatMap(([name, { names }]) =>
    [name.toLowerCase(), ...names.split(" ")].map((spelling) => [spelling, name] as const)
  ),
);

/** The one name of a unit of length ("µm" for "um", "microns"); undefined where it is none. */
export function unitName(unit: string): string | undefined {
  // The Greek letter mu stands for the micro sign; bytes of UTF-8 were at times read as Latin-1.
  const spelling = unit.trim().toLowerCase().replace(
    /^(\u00c2\u00b5|\u00ce\u00bc|\u03bc)/,
    "\u00b5",
  )
    .replace(/[.\0]+$/, "").replace("(s)", "s");
  return BY_SPELLING.get(spelling);
}

/** Micrometres in a unit of length, undefined where it is not known ("pixel"). */
export function micrometres(unit: string): number | undefined {
  const name = unitName(unit);
  return name === undefined ? undefined : UNITS[name].micrometres;
}

/** OME's name for a unit; what OME has no name for is a "reference frame", in its words. */
export function omeUnit(unit: string): string {
  if (/^pixels?$/i.test(unit)) return "pixel";
  return unitName(unit) ?? "reference frame";
}
