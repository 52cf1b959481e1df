import type { EpochEvent, StepEvent, Validation } from "../core.ts";
import { formatSeconds } from "../files/quantities.ts";
import type { TrainingObserver } from "../runs/train_session.ts";
import { say } from "./terminal.ts";

const ENCODER = new TextEncoder();
/** Milliseconds between two lines of progress in a log. */
const LOG_INTERVAL = 10_000;
const METHODS = ["network", "linear", "cubic", "adaptive"] as const;

/** Shows a run: one line that changes on a terminal, plain lines now and then in a log. */
export class TrainingDisplay implements TrainingObserver {
  readonly say = say;
  readonly #network: string;
  readonly #terminal = Deno.stderr.isTerminal();
  #last = -Infinity;

  constructor(network: string) {
    this.#network = network;
  }

  step(event: StepEvent): void {
    for (const reason of event.skipped) {
      this.clear();
      say(`Step ${event.progress.step} was skipped: ${reason}.`);
    }
    const now = performance.now();
    if (this.#terminal) Deno.stderr.writeSync(ENCODER.encode(`\r\x1b[K${stepLine(event)}`));
    else if (now - this.#last >= LOG_INTERVAL) {
      this.#last = now;
      say(stepLine(event));
    }
  }

  epoch({ epoch, progress, validation, isBest }: EpochEvent): void {
    this.clear();
    say(`Epoch ${epoch + 1} is done (step ${progress.step})${isBest ? ", the best so far" : ""}.`);
    if (validation) say(scoreTable(validation, this.#network));
  }

  /** Clears the changing line. */
  clear(): void {
    if (this.#terminal) Deno.stderr.writeSync(ENCODER.encode("\r\x1b[K"));
  }
}

function stepLine({ epoch, progress, losses, samplesPerSecond, secondsLeft }: StepEvent): string {
  const shown = Object.entries(losses).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  return [
    `Epoch ${epoch + 1}, step ${progress.step}: ${shown.join(", ")}`,
    `${samplesPerSecond.toPrecision(3)} samples/s`,
    ...secondsLeft === undefined ? [] : [`${formatSeconds(secondsLeft)} left`],
  ].join("; ");
}

/** The network's scores on the held-out slices beside the interpolations'. */
function scoreTable({ scores }: Validation, network: string): string {
  const rows = METHODS.map((method) => {
    const { psnr, ssim, rmse, bias } = scores[method];
    const cells = [psnr.toFixed(2), ssim.toFixed(4), rmse.toFixed(2), bias.toFixed(2)];
    return [method === "network" ? network : method, ...cells];
  });
  const all = [["", "PSNR", "SSIM", "RMSE", "bias"], ...rows];
  const width = Math.max(...all.map(([name]) => name.length));
  return all
    .map(([name, ...cells]) =>
      `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(9)).join("")}`
    )
    .join("\n");
}
