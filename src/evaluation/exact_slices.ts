/** A slice's score, of whichever method. */
interface ScoredSlice {
  readonly method: string;
  readonly psnr: number;
}

/** Says which slices have no PSNR, since a method makes them without an error. */
export function exactNotes(slices: readonly ScoredSlice[]): string[] {
  const exact = Map.groupBy(slices.filter(({ psnr }) => psnr === Infinity), ({ method }) => method);
  if (exact.size === 0) return [];
  const counts = [...exact].map(([method, own]) => `${method} ${own.length}`).join(", ");
  return [
    `Slices made without any error have no PSNR and are left out of its means: ${counts}. ` +
    "Does the stack stand still, or has it empty planes?",
  ];
}
