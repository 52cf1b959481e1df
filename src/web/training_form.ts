import { defaultLambdaAdv, openStack, SMALLEST_CRITIC_PATCH } from "../core.ts";
import { TRAIN } from "../options/train.ts";
import { blobSource } from "./blob_files.ts";
import type { ServerModel } from "./client.ts";
import { byId, make } from "./dom.ts";
import { formatSizes } from "./display_text.ts";
import { fieldOf, optionsOf, pagedOptions, radiosOf } from "./option_fields.ts";
import type { WorkProgress } from "./server_jobs.ts";

/** The form of a training: its stacks and a few settings; all else is as the paper has it. */
export class TrainingForm {
  readonly #tell: (error: unknown) => void;
  readonly #form = byId("train-form", HTMLFormElement);
  readonly #stacks = new Map<string, File>();

  constructor(onStart: () => void, tell: (error: unknown) => void) {
    this.#tell = tell;
    this.#addFields();
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

  /** Adds stacks, each opened here first, so that what is not a stack is said before it is sent. */
  add(files: Iterable<File>): void {
    for (const file of files) this.#add(file).catch(this.#tell);
  }

  /** Offers models to start from. */
  offer(models: readonly ServerModel[]): void {
    const select = this.#form.querySelector<HTMLSelectElement>("select[name=init]")!;
    const chosen = select.value;
    const named = Object.fromEntries(models.map(({ name }) => [name, name]));
    select.replaceChildren(...optionsOf({ ...TRAIN.init.page.choices, ...named }));
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
    // The network is that of the model.
    if (query.has("init")) query.delete("variant");
    if (this.#withoutCritic()) query.set("lambda-adv", "0");
    const body = new FormData();
    for (const [name, file] of this.#stacks) body.append("stacks", file, name);
    return { query, body };
  }

  #addFields(): void {
    const settings = byId("train-settings", HTMLElement);
    const says = byId("patch-says", HTMLElement);
    says.textContent =
      `The critic needs patches of ${SMALLEST_CRITIC_PATCH}, so this trains without it.`;
    for (const [name, option] of pagedOptions(TRAIN)) {
      if (option.page.radio) settings.before(radiosOf(name, option));
      else says.before(fieldOf(name, option));
    }
  }

  #withoutCritic(): boolean {
    return defaultLambdaAdv(Number(new FormData(this.#form).get("patch-size"))) === 0;
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
