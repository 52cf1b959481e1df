import { openStack } from "../core.ts";
import { blobSource } from "./blob_files.ts";
import type { ServerModel } from "./client.ts";
import { byId, make } from "./dom.ts";
import { formatSizes } from "./format.ts";
import type { WorkProgress } from "./server_jobs.ts";

/** The smallest patch that the critic can look at. */
const CRITIC_PATCH = 256;

/** The form of a training: its stacks and a few settings; all else is as the paper has it. */
export class TrainingForm {
  readonly #form = byId("train-form", HTMLFormElement);
  readonly #stacks = new Map<string, File>();

  constructor(onStart: () => void, private readonly tell: (error: unknown) => void) {
    const input = byId("train-files", HTMLInputElement);
    input.addEventListener("change", () => {
      this.add(input.files ?? []);
      input.value = "";
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      onStart();
    });
    this.#form.addEventListener("change", () => {
      byId("patch-says", HTMLElement).hidden = !this.#withoutCritic();
    });
    byId("train-host", HTMLElement).textContent = location.host;
  }

  /** Adds stacks, each opened here first, so that what is no stack is said before it is sent. */
  add(files: Iterable<File>): void {
    for (const file of files) this.#add(file).catch(this.tell);
  }

  /** Offers models to start from. */
  offer(models: readonly ServerModel[]): void {
    const select = byId("init", HTMLSelectElement);
    const chosen = select.value;
    select.replaceChildren(
      make("option", { value: "" }, "nothing"),
      ...models.map(({ name }) => make("option", { value: name }, name)),
    );
    select.value = models.some(({ name }) => name === chosen) ? chosen : "";
  }

  set busy(busy: boolean) {
    byId("train-start", HTMLButtonElement).disabled = busy || this.#stacks.size === 0;
  }

  /** What the service is asked: settings named as the flags of `zaugnet train`, and the stacks. */
  request(): { readonly query: URLSearchParams; readonly body: FormData } {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) {
      if (typeof value === "string" && value !== "") query.set(name, value);
    }
    const init = byId("init", HTMLSelectElement).value;
    if (init !== "") {
      query.set("init", init);
      // The network is that of the model.
      query.delete("variant");
    }
    if (this.#withoutCritic()) query.set("lambda-adv", "0");
    const body = new FormData();
    for (const [name, file] of this.#stacks) body.append("stacks", file, name);
    return { query, body };
  }

  #withoutCritic(): boolean {
    return Number(new FormData(this.#form).get("patch-size")) < CRITIC_PATCH;
  }

  async #add(file: File): Promise<void> {
    const { info: { sizes } } = await openStack(blobSource(file, file.name));
    if (sizes.z < 3) throw new Error(`${file.name} has fewer than 3 slices; training needs them.`);
    this.#stacks.set(file.name, file);
    const remove = make("button", { type: "button" }, "Remove");
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    const item = make(
      "li",
      {},
      make("span", {}, file.name),
      make("small", {}, formatSizes(sizes)),
      remove,
    );
    item.dataset.name = file.name;
    remove.addEventListener("click", () => {
      this.#stacks.delete(file.name);
      item.remove();
      this.#counted();
    });
    const list = byId("train-stacks", HTMLElement);
    for (const old of list.querySelectorAll("li")) {
      if (old.dataset.name === file.name) old.remove();
    }
    list.append(item);
    this.#counted();
  }

  #counted(): void {
    byId("train-none", HTMLElement).hidden = this.#stacks.size > 0;
    this.busy = false;
  }
}

/** Upload's progress as the form shows it. */
export function uploading(done: number, total: number): WorkProgress {
  return { phase: "Uploading", done, total, unit: "bytes" };
}
