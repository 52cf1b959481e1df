/** Grey levels of a look-up table. */
const LEVELS = 256;

/** The look-up table from black to a colour: 256 reds, 256 greens, 256 blues. */
export function lutOf(colour: readonly [red: number, green: number, blue: number]): Uint8Array {
  return Uint8Array.from({ length: 3 * LEVELS }, (_, i) => {
    const level = i % LEVELS;
    return Math.round(colour[Math.floor(i / LEVELS)] * level / (LEVELS - 1));
  });
}

/** The colour of the brightest level, where the table goes there from black in equal steps. */
export function colourOf(lut: Uint8Array): [red: number, green: number, blue: number] | undefined {
  const colour: [number, number, number] = [
    lut[LEVELS - 1],
    lut[2 * LEVELS - 1],
    lut[3 * LEVELS - 1],
  ];
  const straight = lutOf(colour);
  return lut.every((value, i) => Math.abs(value - straight[i]) <= 1) ? colour : undefined;
}
