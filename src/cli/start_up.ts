import { formatSeconds } from "../files/quantities.ts";

/** What comes before the first predicted slices, in this order. */
const PHASES = ["program", "model", "adapter", "stack", "first batch"] as const;

/** Program: Deno and the modules. Stack: reading until there is something to predict from. */
type Phase = typeof PHASES[number];

/** Where a command's time from its start to its first predicted batch goes. */
export class StartUp {
  /** Seconds of each phase that has ended; the first batch's are compiling above all. */
  readonly seconds: Partial<Record<Phase, number>> = {};
  /** `performance.now()` is 0 when Deno starts. */
  #since = 0;

  /** Called when a phase ends; later stacks, whose shaders are compiled, do not count. */
  end(phase: Phase): void {
    if (phase in this.seconds) return;
    const now = performance.now();
    this.seconds[phase] = Number(((now - this.#since) / 1000).toPrecision(3));
    this.#since = now;
  }

  /** All in a line; undefined where no batch was predicted. */
  describe(): string | undefined {
    const { seconds } = this;
    if (!PHASES.every((phase) => phase in seconds)) return undefined;
    const total = PHASES.reduce((sum, phase) => sum + seconds[phase]!, 0);
    const parts = PHASES.map((phase) => `${phase} ${formatSeconds(seconds[phase]!)}`);
    return `Start-up ${formatSeconds(total)}: ${parts.join(", ")} with its shaders.`;
  }
}
