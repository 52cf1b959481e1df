/**
 * Sums over samples, micro-batches and replicas are taken in pairs, the pairs in pairs, and so on:
 * ((0 + 1) + (2 + 3)) + …. A batch that is cut into parts of a power of two then has the same sum to
 * the bit, since each part is a branch of the whole batch's tree.
 */
export function inPairs<T>(items: readonly T[], add: (left: T, right: T) => T): T {
  if (items.length === 1) return items[0];
  const left = leftBranch(items.length);
  return add(inPairs(items.slice(0, left), add), inPairs(items.slice(left), add));
}

/** How many of `count` things, more than one, are summed before the others join. */
export function leftBranch(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
