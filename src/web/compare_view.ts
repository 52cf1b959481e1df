import { paint } from "./contrast.ts";
import { byId } from "./dom.ts";
import { formatNumber, unitOf } from "./display_text.ts";
import { extentOf } from "./geometry.ts";
import type { Position } from "./ortho_view.ts";
import { type CachedStack, readSections } from "./cached_stack.ts";

type Side = "before" | "after";

/**
 * The XZ section of a stack, before and after, one over the other: a divider shows the left of the
 * one and the right of the other. Both span the depth from the first slice's middle to the last's.
 */
export class CompareView {
  readonly #onFail: (error: unknown) => void;
  readonly #root = byId("compare", HTMLElement);
  readonly #frame = byId("compare-frame", HTMLElement);
  readonly #divider = byId("divider", HTMLInputElement);
  readonly #canvases = {
    before: byId("compare-before", HTMLCanvasElement),
    after: byId("compare-after", HTMLCanvasElement),
  };
  readonly #planes = new Map<Side, Float32Array<ArrayBuffer>>();
  #stacks?: Readonly<Record<Side, CachedStack>>;
  #range: readonly [number, number] = [0, 1];
  #shown = "";
  #reading = new AbortController();

  constructor(onFail: (error: unknown) => void) {
    this.#onFail = onFail;
    this.#divider.addEventListener("input", () => this.#placeDivider());
    new ResizeObserver(() => this.#layOut()).observe(this.#root);
    this.#placeDivider();
  }

  /** Shows the row y of both stacks. */
  show(before: CachedStack, after: CachedStack, position: Position): void {
    const isNew = this.#stacks?.after !== after || this.#stacks.before !== before;
    this.#stacks = { before, after };
    if (isNew) this.#layOut();
    const shown = [position.t, position.c, position.y].join();
    if (!isNew && shown === this.#shown) return;
    this.#shown = shown;
    this.#reading.abort();
    this.#reading = new AbortController();
    const { signal } = this.#reading;
    const read = async (side: Side, cache: CachedStack) => {
      for await (const { xz } of readSections(cache, position, signal)) {
        this.#planes.set(side, xz);
        this.#paint(side);
      }
    };
    Promise.all([read("before", before), read("after", after)])
      .catch((error) => signal.aborted || this.#onFail(error));
  }

  setRange(range: readonly [number, number]): void {
    this.#range = range;
    for (const side of this.#planes.keys()) this.#paint(side);
  }

  #paint(side: Side): void {
    const { sizes } = this.#stacks![side].reader.info;
    const plane = this.#planes.get(side);
    if (plane?.length !== sizes.x * sizes.z) return;
    paint(this.#canvases[side], plane, [sizes.x, sizes.z], this.#range);
  }

  #layOut(): void {
    if (!this.#stacks) return;
    const info = this.#stacks.before.reader.info;
    const extent = extentOf(info);
    const depth = (info.sizes.z - 1) * extent.step;
    this.#root.style.setProperty("--aspect", String(extent.x / depth));
    const { clientWidth, clientHeight } = this.#root;
    if (clientWidth === 0) return;
    const scale = Math.min(clientWidth / extent.x, clientHeight / depth);
    this.#frame.style.width = `${extent.x * scale}px`;
    this.#frame.style.height = `${depth * scale}px`;
    for (const side of ["before", "after"] as const) {
      const { sizes, voxelSize } = this.#stacks[side].reader.info;
      const slice = depth / (sizes.z - 1) * scale;
      const canvas = this.#canvases[side];
      canvas.style.height = `${slice * sizes.z}px`;
      canvas.style.top = `${-slice / 2}px`;
      canvas.classList.toggle("enlarged", extent.x * scale > sizes.x);
      const step = voxelSize.z === undefined
        ? `${sizes.z} slices`
        : `z step ${formatNumber(voxelSize.z)} ${unitOf(voxelSize)}`;
      byId(`${side}-step`, HTMLElement).textContent = step;
    }
  }

  #placeDivider(): void {
    const { value } = this.#divider;
    this.#frame.style.setProperty("--divider", `${value}%`);
    this.#divider.setAttribute("aria-valuetext", `${Math.round(Number(value))} % shows before`);
  }
}
