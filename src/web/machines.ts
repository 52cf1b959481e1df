import type { Client, ServerAdapter } from "./client.ts";
import { byId } from "./dom.ts";
import type { BrowserAdapter } from "./engine_messages.ts";
import type { LocalEngine } from "./local_engine.ts";

export type Place = "here" | "server";

const SOFTWARE = "in software: the same result, but slow";

/** Where a prediction runs: the two places, what computes there, and which is chosen. */
export class Machines {
  readonly #onChange: () => void;
  readonly #here = document.querySelector<HTMLInputElement>("input[name=where][value=here]")!;
  readonly #server = document.querySelector<HTMLInputElement>("input[name=where][value=server]")!;
  #adapter?: BrowserAdapter;
  #serverAdapter?: ServerAdapter;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    for (const input of [this.#here, this.#server]) {
      input.addEventListener("change", () => this.#changed());
    }
  }

  /** False where the place chosen has nothing that computes. */
  get ready(): boolean {
    return this.place === "server" || this.#adapter !== undefined;
  }

  get place(): Place {
    return this.#here.checked ? "here" : "server";
  }

  /** What computes at the place chosen. */
  get adapter(): string {
    const { name, type } = (this.place === "here" ? this.#adapter : this.#serverAdapter) ??
      { name: "unknown adapter", type: "gpu" };
    return type === "software" ? `${name}, ${SOFTWARE}` : name;
  }

  /** Asks the browser and the server what they have; here is chosen where it is a real GPU. */
  async look(engine: LocalEngine, client: Client): Promise<void> {
    if (client.computes) {
      await Promise.all([this.#lookHere(engine, true), this.#lookThere(client)]);
      return;
    }
    this.#server.closest("label")!.hidden = true;
    this.#here.checked = true;
    await this.#lookHere(engine, false);
  }

  async #lookHere(engine: LocalEngine, orThere: boolean): Promise<void> {
    const [adapter] = await engine.adapters();
    this.#adapter = adapter;
    this.#here.disabled = adapter === undefined;
    byId("here-says", HTMLElement).textContent = adapter
      ? `${described(adapter)}. The stack never leaves it.`
      : missing(orThere);
    if (adapter?.type === "gpu") this.#here.checked = true;
    this.#changed();
  }

  async #lookThere(client: Client): Promise<void> {
    const [adapter] = await client.adapters();
    this.#serverAdapter = adapter;
    byId("server-says", HTMLElement).textContent = adapter
      ? `${described(adapter)}. The stack is sent to ${location.host}.`
      : "It has no adapter.";
    this.#changed();
  }

  #changed(): void {
    const where = this.place === "here" ? "On this computer" : `On the server ${location.host}`;
    byId("machines", HTMLElement).textContent = `${where}: ${this.adapter}`;
    this.#onChange();
  }
}

function described({ name, type }: BrowserAdapter): string {
  return type === "software" ? `${name}, ${SOFTWARE}` : name;
}

/** Why the engine can't run here, and what to do. */
function missing(orThere: boolean): string {
  if (!isSecureContext) {
    const said = "Browsers offer WebGPU only over https or from localhost";
    return orThere ? `${said}; take the server.` : `${said}.`;
  }
  const said = "This browser has no WebGPU";
  return orThere ? `${said}; take the server.` : `${said}; take one that has, such as Chrome.`;
}
