import type { Progress } from "../../mod.ts";

const ENCODER = new TextEncoder();
/** Milliseconds between two lines of progress in a log. */
const LOG_INTERVAL = 10_000;
const TERMINAL_INTERVAL = 200;

/** Says something beside the results: standard error, so that `--json` stays alone on the other. */
export function say(line: string): void {
  console.error(line);
}

/** Shows progress: one line that changes on a terminal, a plain line now and then in a log. */
export class ProgressDisplay {
  private readonly terminal = Deno.stderr.isTerminal();
  private last = -Infinity;
  private shown = false;

  constructor(private readonly what: string) {}

  show({ done, total, slicesPerSecond, secondsLeft }: Progress): void {
    const now = performance.now();
    const interval = this.terminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
    if (now - this.last < interval) return;
    this.last = now;
    const rate = slicesPerSecond === undefined
      ? ""
      : `, ${slicesPerSecond.toPrecision(3)} slices/s, ${formatSeconds(secondsLeft!)} left`;
    const line = `${this.what}: ${done} of ${total} slices${rate}`;
    if (!this.terminal) return say(line);
    Deno.stderr.writeSync(ENCODER.encode(`\r\x1b[K${line}`));
    this.shown = true;
  }

  /** Clears the changing line. */
  end(): void {
    if (this.shown) Deno.stderr.writeSync(ENCODER.encode("\r\x1b[K"));
  }
}

/** "42 s", "3 min 5 s", "2 h 10 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.round(s % 3600 / 60)} min`;
}

/** "512 B", "1.5 GiB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** A signal that Ctrl-C or a termination fires, until it is released. */
export function interruption(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const names: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const abort = () => controller.abort(new InterruptedError());
  for (const name of names) Deno.addSignalListener(name, abort);
  const release = () => names.forEach((name) => Deno.removeSignalListener(name, abort));
  return { signal: controller.signal, release };
}

/** The user ended the work. */
export class InterruptedError extends Error {
  override name = "InterruptedError";

  constructor(message = "Interrupted: the unfinished output was removed.") {
    super(message);
  }
}
