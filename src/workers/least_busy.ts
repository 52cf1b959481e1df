/** The worker that has least under way, the first of several alike; there is at least one. */
export function leastBusy<T>(workers: readonly T[], underWay: (worker: T) => number): T {
  return workers.reduce((a, b) => underWay(b) < underWay(a) ? b : a);
}
