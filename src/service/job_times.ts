import type { Job, JobKind, JobOutcome } from "./queue.ts";

/** How long jobs of a kind that ended in one way waited and ran. */
export interface JobTimes {
  readonly kind: JobKind;
  readonly outcome: JobOutcome["state"];
  readonly queueSeconds: Histogram;
  readonly runSeconds: Histogram;
}

/** Prometheus' kind: how many values were at most each bound, cumulative, and of all. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Seconds, from a tiny stack to a day of training. */
const BOUNDS = [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 28_800, 86_400];
const NONE: Histogram = { bounds: BOUNDS, counts: BOUNDS.map(() => 0), count: 0, sum: 0 };

/** Counts how long jobs wait and run. */
export class JobTimer {
  readonly #times = new Map<string, JobTimes>();

  get times(): readonly JobTimes[] {
    return [...this.#times.values()];
  }

  /** Counts a job that ended; `since` is when it was taken for the last time, in milliseconds. */
  ended({ kind, createdAt }: Job, outcome: JobOutcome["state"], since: number, now: number): void {
    const key = `${kind} ${outcome}`;
    const { queueSeconds, runSeconds } = this.#times.get(key) ??
      { queueSeconds: NONE, runSeconds: NONE };
    this.#times.set(key, {
      kind,
      outcome,
      queueSeconds: grown(queueSeconds, (since - createdAt) / 1000),
      runSeconds: grown(runSeconds, (now - since) / 1000),
    });
  }
}

function grown({ bounds, counts, count, sum }: Histogram, value: number): Histogram {
  return {
    bounds,
    counts: counts.map((n, i) => value <= bounds[i] ? n + 1 : n),
    count: count + 1,
    sum: sum + value,
  };
}
