import { randomNumbers } from "../random.ts";

/** Permutations kept: a batch at the end of an epoch may need two. */
const KEPT = 2;

/**
 * The order in which an epoch takes `count` items: a permutation by seed and epoch, and where the
 * last batch is not full, the beginning of another.
 */
export class EpochOrder {
  readonly #seed: number;
  readonly #count: number;
  readonly #permutations = new Map<string, Uint32Array>();

  constructor(seed: number, count: number) {
    this.#seed = seed;
    this.#count = count;
  }

  /** The item (0 .. count - 1) at a place of the epoch, which may lie beyond `count`. */
  at(epoch: number, place: number): number {
    return this.#permutation(epoch, Math.floor(place / this.#count))[place % this.#count];
  }

  #permutation(epoch: number, round: number): Uint32Array {
    const key = `${epoch},${round}`;
    const permutation = this.#permutations.get(key) ?? this.#shuffle(epoch, round);
    this.#permutations.delete(key);
    this.#permutations.set(key, permutation);
    const [oldest] = this.#permutations.keys();
    if (this.#permutations.size > KEPT) this.#permutations.delete(oldest);
    return permutation;
  }

  #shuffle(epoch: number, round: number): Uint32Array {
    const random = randomNumbers(this.#seed, "order", epoch, round);
    const permutation = Uint32Array.from({ length: this.#count }, (_, i) => i);
    for (let i = this.#count - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [permutation[i], permutation[j]] = [permutation[j], permutation[i]];
    }
    return permutation;
  }
}
