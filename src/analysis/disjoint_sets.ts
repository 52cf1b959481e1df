/** Numbers from 0 that are joined into sets; the smallest number of a set is its root. */
export class DisjointSets {
  readonly #parents: number[] = [];

  get size(): number {
    return this.#parents.length;
  }

  /** Adds the next number, in a new set, and answers it. */
  add(): number {
    return this.#parents.push(this.size) - 1;
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#root(a), this.#root(b)];
    this.#parents[Math.max(first, second)] = Math.min(first, second);
  }

  /** For each number its set's own number, counted from 1 in the order of the roots. */
  numbered(): Int32Array {
    const numbers = new Int32Array(this.size);
    let sets = 0;
    // A root is the smallest of its set, so its number is there before it is asked for.
    for (let i = 0; i < numbers.length; i++) {
      const root = this.#root(i);
      numbers[i] = root === i ? ++sets : numbers[root];
    }
    return numbers;
  }

  #root(number: number): number {
    const parents = this.#parents;
    while (parents[number] !== number) {
      parents[number] = parents[parents[number]];
      number = parents[number];
    }
    return number;
  }
}
