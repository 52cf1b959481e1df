/** How fast a process predicted, from the end of its first stack to the end of its last. */
export interface Rate {
  /** Slices a second of wall time. */
  readonly wall: number;
  /** Slices a second of the process's CPU time: what other programs disturb the least. */
  readonly cpu: number;
}

/** Linux counts CPU time in hundredths of a second. */
const TICKS = 100;
const SAMPLE_MS = 20;

/** Watches the CPU time of another process (Linux). */
export class CpuClock implements Disposable {
  readonly #samples: { readonly at: number; readonly seconds: number }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      try {
        this.#samples.push({ at: Date.now(), seconds: cpuSeconds(pid) });
      } catch {
        // It has ended.
      }
    }, SAMPLE_MS);
  }

  /** The rate between the first and the last of the times (ms since 1970) when stacks were done. */
  rate(ends: readonly number[], slicesOfOne: number): Rate {
    const [first, last] = [Math.min(...ends), Math.max(...ends)];
    const slices = slicesOfOne * (ends.length - 1);
    const cpu = this.#secondsAt(last) - this.#secondsAt(first);
    return { wall: 1000 * slices / (last - first), cpu: slices / cpu };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #secondsAt(time: number): number {
    return this.#samples.findLast(({ at }) => at <= time)!.seconds;
  }
}

function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // User and system time; the program's name before them is in brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
