import { contrastRange, type Slice } from "../core.ts";
import { byId, contextOf } from "./dom.ts";
import { formatNumber } from "./display_text.ts";

/** Samples looked at for the range and the histogram: enough, and quick for any slice. */
const LOOKED_AT = 65_536;
const BINS = 128;
const STEPS = 1000;

/** The intensities that are shown as black and white: two sliders under a histogram. */
export class Contrast {
  range: readonly [black: number, white: number] = [0, 1];
  readonly #onChange: () => void;
  #bounds: readonly [number, number] = [0, 1];
  #samples: Slice = new Uint8Array();
  readonly #black = byId("black", HTMLInputElement);
  readonly #white = byId("white", HTMLInputElement);
  readonly #histogram = byId("histogram", HTMLCanvasElement);

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    const moved = (by: "black" | "white") => {
      const [low, high] = this.#bounds;
      const at = (input: HTMLInputElement) => low + Number(input.value) / STEPS * (high - low);
      let [black, white] = [at(this.#black), at(this.#white)];
      const least = (high - low) / STEPS;
      if (by === "black") black = Math.min(black, white - least);
      else white = Math.max(white, black + least);
      this.#set([black, white]);
    };
    this.#black.addEventListener("input", () => moved("black"));
    this.#white.addEventListener("input", () => moved("white"));
    byId("auto-contrast", HTMLButtonElement).addEventListener("click", () => this.auto());
  }

  /** Takes a slice for the histogram, and for the range where a stack was just opened. */
  show(slice: Slice, isNew: boolean): void {
    const step = Math.max(1, Math.ceil(slice.length / LOOKED_AT));
    this.#samples = step === 1 ? slice : slice.filter((_, i) => i % step === 0);
    this.#samples = this.#samples.filter((value) => Number.isFinite(value));
    let [low, high] = isNew ? [Infinity, -Infinity] : this.#bounds;
    for (const value of this.#samples) [low, high] = [Math.min(low, value), Math.max(high, value)];
    this.#bounds = high > low ? [low, high] : [0, Math.max(1, high)];
    if (isNew) this.auto();
    else this.#place();
  }

  auto(): void {
    const [black, white] = contrastRange(this.#samples);
    this.#set(white > black ? [black, white] : this.#bounds);
  }

  #set(range: readonly [number, number]): void {
    this.range = range;
    this.#place();
    this.#onChange();
  }

  #place(): void {
    const [low, high] = this.#bounds;
    [this.#black, this.#white].forEach((input, i) => {
      input.value = String(Math.round((this.range[i] - low) / (high - low) * STEPS));
      input.setAttribute("aria-valuetext", formatNumber(this.range[i]));
      const output = input.closest("label")?.querySelector("output");
      if (output) output.value = formatNumber(this.range[i]);
    });
    this.#drawHistogram();
  }

  /** Logarithmic, since most samples of most stacks are dark. */
  #drawHistogram(): void {
    const [low, high] = this.#bounds;
    const counts = new Float64Array(BINS);
    for (const value of this.#samples) {
      counts[Math.min(BINS - 1, Math.floor((value - low) / (high - low) * BINS))]++;
    }
    const most = Math.log1p(Math.max(...counts));
    const context = contextOf(this.#histogram);
    const { width, height } = this.#histogram;
    const at = (value: number) => (value - low) / (high - low) * width;
    context.clearRect(0, 0, width, height);
    context.fillStyle = getComputedStyle(this.#histogram).color;
    counts.forEach((count, i) => {
      const tall = Math.log1p(count) / most * height;
      const inside = (i + 0.5) / BINS * width;
      const [black, white] = this.range.map(at);
      context.globalAlpha = inside < black || inside > white ? 0.3 : 0.9;
      context.fillRect(i / BINS * width, height - tall, width / BINS - 0.5, tall);
    });
  }
}

/** The longest side of a picture on the screen; larger planes are shown in part of their samples. */
const LONGEST = 4096;

/** Draws samples [height][width] in grey onto a canvas; what is not there (NaN) stays clear. */
export function paint(
  canvas: HTMLCanvasElement,
  samples: ArrayLike<number>,
  [width, height]: readonly [number, number],
  [black, white]: readonly [number, number],
): void {
  const step = Math.ceil(Math.max(width, height) / LONGEST);
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = 255 / (white - black || 1);
  for (let row = 0; row < rows; row++) {
    const start = row * step * width;
    for (let column = 0; column < columns; column++) {
      const value = samples[start + column * step];
      if (Number.isNaN(value)) continue;
      const grey = Math.min(255, Math.max(0, (value - black) * scale));
      pixels[row * columns + column] = 0xff000000 | Math.round(grey) * 0x010101;
    }
  }
  contextOf(canvas).putImageData(image, 0, 0);
}
