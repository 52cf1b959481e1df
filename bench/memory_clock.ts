const SAMPLE_MS = 50;

/** Watches the resident memory of another process (Linux), devices in software included. */
export class MemoryClock implements Disposable {
  #peak = 0;
  readonly #pid: number;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS);
  }

  /** The most since the last time that it was asked for, in megabytes. */
  peak(): number {
    this.#look();
    const peak = this.#peak;
    this.#peak = 0;
    return Math.round(peak / 1e6);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    try {
      const status = Deno.readTextFileSync(`/proc/${this.#pid}/status`);
      const [, kibibytes] = status.match(/^VmRSS:\s+(\d+) kB$/m)!;
      this.#peak = Math.max(this.#peak, 1024 * Number(kibibytes));
    } catch {
      // It has ended.
    }
  }
}
