/** What a number may be. */
export interface Bounds {
  readonly whole?: true;
  readonly least?: number;
  readonly most?: number;
  /** It must be more than this. */
  readonly above?: number;
  /** It must be less than this. */
  readonly below?: number;
  readonly multipleOf?: number;
}

export function isWithin(value: number, bounds: Bounds): boolean {
  const { whole, multipleOf } = bounds;
  const { least = -Infinity, most = Infinity, above = -Infinity, below = Infinity } = bounds;
  if (!(whole ? Number.isSafeInteger(value) : Number.isFinite(value))) return false;
  if (value < least || value > most || value <= above || value >= below) return false;
  return multipleOf === undefined || value % multipleOf === 0;
}

/** "a whole number of at least 1", "a multiple of 16 and at least 64", "a number from 0 to 1". */
export function boundsInWords(bounds: Bounds): string {
  const { whole, multipleOf, least, most, above, below } = bounds;
  const noun = multipleOf ? `a multiple of ${multipleOf}` : whole ? "a whole number" : "a number";
  if (least !== undefined && most !== undefined) return `${noun} from ${least} to ${most}`;
  if (above !== undefined && below !== undefined) return `${noun} between ${above} and ${below}`;
  const ends = [
    ...least === undefined ? [] : [`at least ${least}`],
    ...most === undefined ? [] : [`at most ${most}`],
    ...above === undefined ? [] : [`more than ${above}`],
    ...below === undefined ? [] : [`less than ${below}`],
  ];
  if (ends.length === 0) return noun;
  return `${noun} ${multipleOf ? "and" : "of"} ${ends.join(" and ")}`;
}
