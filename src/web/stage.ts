import { openStack } from "../core.ts";
import { blobSource } from "./blob_files.ts";
import { openFiles, type StackFiles } from "./opened_files.ts";
import { CompareView } from "./compare_view.ts";
import { Contrast } from "./contrast.ts";
import { byId } from "./dom.ts";
import { OrthoView, type Position } from "./ortho_view.ts";
import { CachedStack } from "./cached_stack.ts";

type Shown = "original" | "result" | "compare";

const AXES = ["t", "c", "z", "y", "x"] as const;

/** The images: a stack, what became of it, and the sliders that say what is seen of them. */
export class Stage {
  readonly #onFail: (error: unknown) => void;
  readonly #contrast = new Contrast(() => this.#setRange());
  readonly #ortho: OrthoView;
  readonly #compare: CompareView;
  #original?: CachedStack;
  #result?: CachedStack;
  #shown: Shown = "original";
  #position: Position = { t: 0, c: 0, z: 0, y: 0, x: 0 };
  #isNew = true;

  constructor(onFail: (error: unknown) => void) {
    this.#onFail = onFail;
    this.#ortho = new OrthoView((to) => this.#move(to), onFail);
    this.#compare = new CompareView(onFail);
    for (const axis of AXES) {
      const slider = byId(`at-${axis}`, HTMLInputElement);
      slider.addEventListener("input", () => this.#move({ [axis]: Number(slider.value) }));
    }
    for (const input of this.#choices()) {
      input.addEventListener("change", () => this.#choose(input.value as Shown));
    }
  }

  /** Opens a stack and shows it; throws what is wrong with it. */
  async open(stack: StackFiles): Promise<CachedStack> {
    const original = new CachedStack(await openFiles(stack));
    const { sizes } = original.reader.info;
    const [z, y, x] = [sizes.z, sizes.y, sizes.x].map((size) => Math.floor(size / 2));
    await original.get(0, 0, z);
    // First, since it keeps the place in the stack that was shown.
    this.clearResult();
    this.#original = original;
    this.#isNew = true;
    byId("empty", HTMLElement).hidden = true;
    byId("viewer", HTMLElement).hidden = false;
    this.#move({ t: 0, c: 0, z, y, x });
    return original;
  }

  /** Shows a result beside the stack that is open. */
  async showResult(stack: Blob, name: string): Promise<void> {
    this.#result = new CachedStack(await openStack(blobSource(stack, name)));
    byId("shown", HTMLElement).hidden = false;
    this.#choose("compare");
  }

  clearResult(): void {
    byId("shown", HTMLElement).hidden = true;
    this.#choose("original");
    this.#result = undefined;
  }

  #choices(): NodeListOf<HTMLInputElement> {
    return document.querySelectorAll<HTMLInputElement>("input[name=shown]");
  }

  #choose(shown: Shown): void {
    const before = this.#sizes()?.z ?? 1;
    this.#shown = shown;
    for (const input of this.#choices()) input.checked = input.value === shown;
    byId("ortho", HTMLElement).hidden = shown === "compare";
    byId("compare", HTMLElement).hidden = shown !== "compare";
    for (const axis of ["z", "x"] as const) {
      byId(`at-${axis}`, HTMLInputElement).closest("label")!.hidden = shown === "compare";
    }
    const now = this.#sizes()?.z ?? 1;
    const z = Math.round(this.#position.z * (now - 1) / Math.max(1, before - 1));
    this.#move({ z });
  }

  #shownStack(): CachedStack | undefined {
    return this.#shown === "result" ? this.#result : this.#original;
  }

  #sizes() {
    return this.#shownStack()?.reader.info.sizes;
  }

  #move(to: Partial<Position>): void {
    this.#position = { ...this.#position, ...to };
    this.#placeSliders();
    this.#show().catch(this.#onFail);
  }

  async #show(): Promise<void> {
    const cache = this.#shownStack();
    if (!cache) return;
    if (this.#shown === "compare" && this.#result) {
      this.#compare.show(cache, this.#result, this.#position);
      return;
    }
    const slice = await this.#ortho.show(cache, this.#position);
    if (!slice) return;
    this.#contrast.show(slice, this.#isNew);
    this.#isNew = false;
  }

  #setRange(): void {
    this.#ortho.setRange(this.#contrast.range);
    this.#compare.setRange(this.#contrast.range);
  }

  #placeSliders(): void {
    const sizes = this.#sizes();
    if (!sizes) return;
    for (const axis of AXES) {
      const slider = byId(`at-${axis}`, HTMLInputElement);
      slider.max = String(sizes[axis] - 1);
      slider.value = String(this.#position[axis]);
      const text = `${this.#position[axis] + 1} of ${sizes[axis]}`;
      slider.setAttribute("aria-valuetext", text);
      const label = slider.closest("label")!;
      label.querySelector("output")!.value = `${this.#position[axis] + 1}/${sizes[axis]}`;
      if (axis === "t" || axis === "c") label.hidden = sizes[axis] === 1;
    }
  }
}
