const REMEMBERED = 50;
const BEFORE_JUDGING = 10;
const FAR_OUT = 10;

/** Steps skipped in a row after which a run is given up. */
export const MOST_SKIPPED = 10;

/** What a guard remembers, for a run that is resumed. */
export interface LossGuardState {
  readonly recent: readonly number[];
  readonly skipped: number;
  readonly skippedInRow: number;
}

/**
 * Watches a loss: one that is not a number, or ten times larger than all recent ones, must not train
 * the network. (PyTorch's own training went on through NaN, since the slope of |NaN| is 0.)
 */
export class LossGuard {
  readonly #name: string;
  #recent: number[] = [];
  /** Steps skipped in all, and since the last good one. */
  skipped = 0;
  skippedInRow = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Why this step must be skipped, or undefined where it is sound. */
  judge(loss: number, gradientNorm: number): string | undefined {
    const reason = this.#reason(loss, gradientNorm);
    if (reason === undefined) {
      this.skippedInRow = 0;
      this.#recent.push(loss);
      if (this.#recent.length > REMEMBERED) this.#recent.shift();
      return undefined;
    }
    this.skipped++;
    this.skippedInRow++;
    return reason;
  }

  get state(): LossGuardState {
    const { skipped, skippedInRow } = this;
    return { recent: [...this.#recent], skipped, skippedInRow };
  }

  restore({ recent, skipped, skippedInRow }: LossGuardState): void {
    this.#recent = [...recent];
    this.skipped = skipped;
    this.skippedInRow = skippedInRow;
  }

  #reason(loss: number, gradientNorm: number): string | undefined {
    if (!Number.isFinite(loss)) return `the ${this.#name}'s loss is ${loss}`;
    if (!Number.isFinite(gradientNorm)) {
      return `the norm of the ${this.#name}'s gradient is ${gradientNorm}`;
    }
    if (this.#recent.length < BEFORE_JUDGING) return undefined;
    const limit = FAR_OUT * Math.max(1, ...this.#recent.map(Math.abs));
    if (Math.abs(loss) <= limit) return undefined;
    return `the ${this.#name}'s loss is ${loss.toPrecision(4)}, far over its recent values`;
  }
}
