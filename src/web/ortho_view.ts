import type { Slice } from "../core.ts";
import { paint } from "./contrast.ts";
import { byId } from "./dom.ts";
import { formatNumber, unitOf } from "./display_text.ts";
import { extentOf, hasScale, roundLength } from "./geometry.ts";
import { type CachedStack, readSections, type Sections } from "./cached_stack.ts";

/** A voxel that is looked at. */
export interface Position {
  readonly t: number;
  readonly c: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
}

type Axis = "x" | "y" | "z";

/** Between the panes, in CSS pixels. */
const GAP = 6;
/** The part of a slice's width that the scale bar may take. */
const BAR_SHARE = 0.25;

/** A pane of the view: which axes its picture spans, to the right and downwards. */
interface Pane {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly across: Axis;
  readonly down: Axis;
}

function paneOf(id: string, across: Axis, down: Axis): Pane {
  const element = byId(id, HTMLElement);
  return { element, canvas: element.querySelector("canvas")!, across, down };
}

/** A slice with the XZ and YZ sections through the voxel looked at, in true proportions. */
export class OrthoView {
  readonly #onMove: (to: Partial<Position>) => void;
  readonly #onFail: (error: unknown) => void;
  readonly #root = byId("ortho", HTMLElement);
  readonly #xy = paneOf("pane-xy", "x", "y");
  readonly #xz = paneOf("pane-xz", "x", "z");
  readonly #yz = paneOf("pane-yz", "z", "y");
  readonly #panes = [this.#xy, this.#xz, this.#yz];
  #cache?: CachedStack;
  #position: Position = { t: 0, c: 0, z: 0, y: 0, x: 0 };
  #range: readonly [number, number] = [0, 1];
  #plane?: Slice;
  #sections?: Sections;
  #sectionsAt = "";
  #reading = new AbortController();

  /** `onMove` hears where the user points, `onFail` of slices that can't be read. */
  constructor(
    onMove: (to: Partial<Position>) => void,
    onFail: (error: unknown) => void,
  ) {
    this.#onMove = onMove;
    this.#onFail = onFail;
    for (const pane of this.#panes) this.#listen(pane);
    new ResizeObserver(() => this.#layOut()).observe(this.#root);
  }

  /** Shows a voxel of a stack; answers the slice, for the histogram, once it is read. */
  async show(cache: CachedStack, position: Position): Promise<Slice | undefined> {
    const isNew = cache !== this.#cache;
    this.#cache = cache;
    this.#position = position;
    if (isNew) {
      this.#plane = this.#sections = undefined;
      this.#sectionsAt = "";
      this.#layOut();
    }
    this.#placeLines();
    const { t, c, z, y, x } = position;
    const sectionsAt = [t, c, y, x].join();
    if (sectionsAt !== this.#sectionsAt) this.#readSections(cache, sectionsAt);
    const slice = await cache.get(t, c, z);
    if (this.#position !== position || this.#cache !== cache) return undefined;
    this.#plane = slice;
    this.#paint(this.#xy, slice);
    return slice;
  }

  /** Draws what is shown with another contrast. */
  setRange(range: readonly [number, number]): void {
    this.#range = range;
    if (this.#plane) this.#paint(this.#xy, this.#plane);
    this.#paintSections();
  }

  #readSections(cache: CachedStack, at: string): void {
    this.#sectionsAt = at;
    this.#reading.abort();
    this.#reading = new AbortController();
    const { signal } = this.#reading;
    const read = async () => {
      for await (const sections of readSections(cache, this.#position, signal)) {
        this.#sections = sections;
        this.#paintSections();
      }
    };
    read().catch((error) => signal.aborted || this.#onFail(error));
  }

  #paintSections(): void {
    if (!this.#sections) return;
    this.#paint(this.#xz, this.#sections.xz);
    this.#paint(this.#yz, this.#sections.yz);
  }

  #paint({ canvas, across, down }: Pane, samples: ArrayLike<number>): void {
    const { sizes } = this.#cache!.reader.info;
    paint(canvas, samples, [sizes[across], sizes[down]], this.#range);
  }

  /** As large as the stage allows: one scale for all panes. */
  #layOut(): void {
    if (!this.#cache) return;
    const { info } = this.#cache.reader;
    const extent = extentOf(info);
    const aspect = (extent.x + extent.z) / (extent.y + extent.z);
    this.#root.style.setProperty("--aspect", String(aspect));
    const { clientWidth, clientHeight } = this.#root;
    if (clientWidth === 0) return;
    const scale = Math.min(
      (clientWidth - GAP) / (extent.x + extent.z),
      (clientHeight - GAP) / (extent.y + extent.z),
    );
    for (const { element, canvas, across, down } of this.#panes) {
      const [width, height] = [extent[across] * scale, extent[down] * scale];
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      canvas.classList.toggle("enlarged", width > info.sizes[across]);
    }
    const bar = byId("scale-bar", HTMLElement);
    bar.hidden = !hasScale(info.voxelSize);
    const length = roundLength(extent.x * BAR_SHARE);
    bar.style.width = `${length * scale}px`;
    bar.textContent = `${formatNumber(length)} ${unitOf(info.voxelSize)}`;
  }

  #placeLines(): void {
    const { sizes } = this.#cache!.reader.info;
    for (const { element, across, down } of this.#panes) {
      const percent = (axis: Axis) => `${(this.#position[axis] + 0.5) / sizes[axis] * 100}%`;
      element.style.setProperty("--across", percent(across));
      element.style.setProperty("--down", percent(down));
    }
  }

  #listen({ element, across, down }: Pane): void {
    const pointed = (event: PointerEvent) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const at = (axis: Axis, part: number) =>
        this.#clamped(axis, Math.floor(part * this.#size(axis)));
      this.#onMove({
        [across]: at(across, (event.clientX - left) / width),
        [down]: at(down, (event.clientY - top) / height),
      });
    };
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      pointed(event);
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) pointed(event);
    });
    element.addEventListener("keydown", (event) => {
      const through = (["x", "y", "z"] as const).find((axis) => axis !== across && axis !== down)!;
      const moves: Readonly<Record<string, readonly [Axis, number]>> = {
        ArrowLeft: [across, -1],
        ArrowRight: [across, 1],
        ArrowUp: [down, -1],
        ArrowDown: [down, 1],
        PageUp: [through, -1],
        PageDown: [through, 1],
      };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      const [axis, by] = move;
      const step = event.shiftKey ? 10 * by : by;
      this.#onMove({ [axis]: this.#clamped(axis, this.#position[axis] + step) });
    });
    element.addEventListener("wheel", (event) => {
      if (element !== this.#xy.element || event.ctrlKey) return;
      event.preventDefault();
      this.#onMove({ z: this.#clamped("z", this.#position.z + Math.sign(event.deltaY)) });
    }, { passive: false });
  }

  #size(axis: Axis): number {
    return this.#cache?.reader.info.sizes[axis] ?? 1;
  }

  #clamped(axis: Axis, value: number): number {
    return Math.min(this.#size(axis) - 1, Math.max(0, value));
  }
}
