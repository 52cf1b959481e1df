import { byId } from "./dom.ts";
import { progressText, type WorkProgress } from "./server_jobs.ts";

/** Screen readers announce progress in steps of this many percent. */
const HEARD_STEP = 25;

/** The progress of one piece of work, with its time left and a button that cancels it. */
export class WorkDisplay {
  readonly #what: string;
  #running?: AbortController;
  #heard = "";
  said = "";

  constructor(what: string) {
    this.#what = what;
    byId("cancel", HTMLButtonElement).addEventListener("click", () => {
      byId("progress-says", HTMLElement).textContent = "Cancelling…";
      this.#running?.abort(new DOMException("Cancelled", "AbortError"));
    });
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  begin(where: string) {
    const running = this.#running = new AbortController();
    byId("status", HTMLElement).classList.add("visually-hidden");
    byId("work", HTMLElement).hidden = false;
    byId("run", HTMLElement).hidden = true;
    this.#say(`${this.#what} started ${where}.`);
    return {
      signal: running.signal,
      show: (progress: WorkProgress) => running.signal.aborted || this.#show(progress),
      end: (outcome: string) => {
        this.#running = undefined;
        byId("work", HTMLElement).hidden = true;
        byId("run", HTMLElement).hidden = false;
        this.#say(outcome);
        // A result and a failure are shown in their own places.
        byId("status", HTMLElement).classList.toggle("visually-hidden", !running.signal.aborted);
      },
    };
  }

  #show(progress: WorkProgress): void {
    const { phase, done, total } = progress;
    const bar = byId("progress", HTMLProgressElement);
    const known = done !== undefined && total !== undefined && total > 0;
    if (known) [bar.max, bar.value] = [total, done];
    else bar.removeAttribute("value");
    byId("progress-says", HTMLElement).textContent = progressText(progress);
    const step = known ? Math.floor(100 * done / total / HEARD_STEP) * HEARD_STEP : 0;
    const heard = `${phase}${step > 0 ? `, ${step} percent` : ""}`;
    if (heard !== this.#heard) this.#say(heard);
    this.#heard = heard;
  }

  #say(text: string): void {
    this.said = text;
    byId("status", HTMLElement).textContent = text;
  }
}
