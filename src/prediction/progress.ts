/** How far a prediction is. */
export interface Progress {
  /**
   * Slices that the network is done with, those that it is calibrated on among them, and how many
   * there will be.
   */
  readonly done: number;
  readonly total: number;
  /** Undefined until two reports lie some time apart. */
  readonly slicesPerSecond?: number;
  readonly secondsLeft?: number;
}

const REPORTS_REMEMBERED = 16;

/**
 * Estimates rate and time left from the latest reports, so that a slow start (pipelines compile
 * during the first batch) is soon forgotten. It reads no clock: times are the caller's.
 */
export class ProgressEstimate {
  readonly #total: number;
  readonly #reports: { done: number; milliseconds: number }[];

  /** @param startMilliseconds The time at which no more than `before` was done. */
  constructor(total: number, startMilliseconds: number, before = 0) {
    this.#total = total;
    this.#reports = [{ done: before, milliseconds: startMilliseconds }];
  }

  /** Takes a report (`done` may be fractional while a slice's tiles are under way). */
  report(done: number, milliseconds: number): Progress {
    this.#reports.push({ done, milliseconds });
    if (this.#reports.length > REPORTS_REMEMBERED) this.#reports.shift();
    const [first] = this.#reports;
    const facts = { done: Math.floor(done), total: this.#total };
    const seconds = (milliseconds - first.milliseconds) / 1000;
    if (seconds <= 0 || done <= first.done) return facts;
    const slicesPerSecond = (done - first.done) / seconds;
    return { ...facts, slicesPerSecond, secondsLeft: (this.#total - done) / slicesPerSecond };
  }
}
