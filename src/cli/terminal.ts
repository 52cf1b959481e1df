import { basename } from "node:path";
import { type Message, type Progress, render } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import { formatSeconds } from "../files/quantities.ts";
import type { PredictionObserver } from "../files/predict_file.ts";
import type { StartUp } from "./start_up.ts";

const ENCODER = new TextEncoder();
/** Milliseconds between two lines of progress in a log. */
const LOG_INTERVAL = 10_000;
const TERMINAL_INTERVAL = 200;

/** Says something beside the results: standard error, so that `--json` stays alone on the other. */
export function say(line: Message): void {
  console.error(render(line, FLAGS));
}

/** Shows progress: one line that changes on a terminal, a plain line now and then in a log. */
export class ProgressDisplay {
  readonly #what: string;
  readonly #unit: string;
  readonly #terminal = Deno.stderr.isTerminal();
  #last = -Infinity;
  #shown = false;

  constructor(what: string, unit = "slices") {
    this.#what = what;
    this.#unit = unit;
  }

  show({ done, total, slicesPerSecond, secondsLeft }: Progress): void {
    const rate = slicesPerSecond === undefined
      ? ""
      : `, ${slicesPerSecond.toPrecision(3)} ${this.#unit}/s, ${formatSeconds(secondsLeft!)} left`;
    this.tell(`${done} of ${total} ${this.#unit}${rate}`);
  }

  /** Shows progress that no number of slices tells. */
  tell(words: string): void {
    const now = performance.now();
    const interval = this.#terminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
    if (now - this.#last < interval) return;
    this.#last = now;
    const line = `${this.#what}: ${words}`;
    if (!this.#terminal) return say(line);
    Deno.stderr.writeSync(ENCODER.encode(`\r\x1b[K${line}`));
    this.#shown = true;
  }

  /** Clears the changing line. */
  end(): void {
    if (this.#shown) Deno.stderr.writeSync(ENCODER.encode("\r\x1b[K"));
  }
}

/** Does work on one stack, shows its notes and its progress, and times how it starts. */
export async function shown<T>(
  input: string,
  work: (observer: PredictionObserver) => Promise<T>,
  startUp?: StartUp,
): Promise<T> {
  const display = new ProgressDisplay(basename(input));
  try {
    return await work({
      note: (text) => say(`Note: ${basename(input)}: ${text}`),
      ready: () => startUp?.end("stack"),
      progress(progress) {
        startUp?.end("first batch");
        display.show(progress);
      },
    });
  } finally {
    display.end();
  }
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
