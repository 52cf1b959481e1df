/** Mixes 32 bits so that every bit of the answer depends on every bit of `x`. */
export function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Numbers that look random and are the same wherever and whenever they are drawn. */
export interface RandomNumbers {
  /** The next number in [0, 1). */
  uniform(): number;
  /** The next whole number in [0, below). */
  integer(below: number): number;
  /** The next number of a normal distribution, mean 0 and standard deviation 1. */
  normal(): number;
}

/**
 * The random numbers of one key: a seed, a purpose, an epoch, an index. Each key has its own
 * numbers, so that what one part draws does not move what another gets.
 */
export function randomNumbers(...key: readonly (number | string)[]): RandomNumbers {
  const hash = key.reduce(fold, 0);
  let count = 0;
  const next = () => mix32(mix32(++count) ^ hash);
  const uniform = () => next() / 2 ** 32;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

function fold(hash: number, part: number | string): number {
  // A number and its digits are different keys, and so are [1, 2] and [12].
  const text = typeof part === "string" ? `"${part}"` : `${part},`;
  for (let i = 0; i < text.length; i++) hash = mix32(hash + text.charCodeAt(i) + 1);
  return hash;
}
