import type { Client } from "./client.ts";
import { byId, make } from "./dom.ts";

const NETWORKS: Readonly<Record<string, string>> = { zaugnet: "ZAugNet", "zaugnet+": "ZAugNet+" };

/** The model: one that the server keeps, or a file of the user's. */
export class ModelChoice {
  readonly #client: Client;
  readonly #onChange: () => void;
  readonly #select = byId("model", HTMLSelectElement);
  #file?: File;
  #loaded?: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

  constructor(
    client: Client,
    onChange: () => void,
    tell: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#onChange = onChange;
    const input = byId("model-file", HTMLInputElement);
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
      if (file) this.take(file);
      input.value = "";
    });
    this.#select.addEventListener("focus", () => {
      if (this.#select.options.length === 0) this.load().catch(tell);
    });
  }

  /** The name of the model chosen, or "" where there is none. */
  get chosen(): string {
    return this.#select.value;
  }

  /** Lists what the server keeps, the user's file first. */
  async load(chosen = this.chosen): Promise<void> {
    const models = await this.#client.models();
    const own = this.#file ? [ownOption(this.#file)] : [];
    this.#select.replaceChildren(
      ...own,
      ...models.map(({ name, variant }) => option(name, NETWORKS[variant] ?? variant)),
    );
    if (this.#select.options.length === 0) {
      this.#select.append(make("option", { value: "" }, "The server keeps none: take a file"));
    }
    if ([...this.#select.options].some(({ value }) => value === chosen)) {
      this.#select.value = chosen;
    }
    this.#onChange();
  }

  /** Takes a model from a file. */
  take(file: File): void {
    this.#file = file;
    const [first] = this.#select.options;
    if (first?.value === "" || first?.dataset.own) first.remove();
    this.#select.prepend(ownOption(file));
    this.#select.value = file.name;
    this.#onChange();
  }

  /** The bytes, for the engine of the page; fetched once. */
  async bytes(signal: AbortSignal): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
    const name = this.chosen;
    if (this.#loaded?.name === name && !this.#isOwn()) return this.#loaded;
    const blob = this.#isOwn() ? this.#file! : await this.#client.model(name, signal);
    return this.#loaded = { name, bytes: new Uint8Array(await blob.arrayBuffer()) };
  }

  /** The name under which the server has it; the user's file is sent first. */
  async onServer(signal: AbortSignal): Promise<string> {
    if (!this.#isOwn()) return this.chosen;
    const name = this.#file!.name.replace(/[^\w.-]/g, "_").replace(/^[^A-Za-z0-9]+/, "").slice(-64);
    await this.#client.putModel(name, this.#file!, signal);
    return name;
  }

  #isOwn(): boolean {
    return this.#select.selectedOptions[0]?.dataset.own !== undefined;
  }
}

function option(name: string, kind: string): HTMLOptionElement {
  return make("option", { value: name }, `${name} (${kind})`);
}

function ownOption({ name }: File): HTMLOptionElement {
  const own = option(name, "this computer's file");
  own.dataset.own = "true";
  return own;
}
