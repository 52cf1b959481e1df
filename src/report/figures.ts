import { AMPLIFIED, difference, greyImage, PANEL_WIDTH } from "../evaluation/picture.ts";
import { rmse } from "../evaluation/metrics.ts";
import type { EvaluatedSlice } from "../evaluation/evaluate.ts";
import type { HeldOut } from "../evaluation/held_out.ts";
import { placeInWords } from "../message.ts";
import { contrastRange, encodePng, type GreyImage, magnify, xzView } from "../stack/views.ts";
import type { StackInfo } from "../stack/stack.ts";

/** A picture of a report with its name. */
export interface Panel {
  readonly name: string;
  /** The bytes of a PNG. */
  readonly png: Uint8Array;
}

/** Pictures flatter than this, height by width, are shown below each other instead of side by side. */
const FLAT = 0.4;

/** Panels that belong together. */
export interface Figure {
  /** True where the panels are flat strips. */
  readonly flat: boolean;
  readonly caption: string;
  readonly panels: readonly Panel[];
}

type Plane = Float32Array<ArrayBuffer>;
type Shades = readonly [black: number, white: number];

/** What is shown beside the truth. */
interface Views<T> {
  readonly truth: T;
  readonly network: T;
  readonly linear: T;
}

/**
 * Collects the figures of a report from an evaluation's slices (first channel and frame): the
 * truth, the network, linear interpolation and the differences, in the generated slice in the
 * middle, in the one that the network did worst, and cut across the slices.
 */
export class ReportFigures {
  readonly #info: StackInfo;
  readonly #rows: Views<Plane>[] = [];
  #middle?: Views<Plane>;
  #worst?: Views<Plane>;
  #worstZ = -1;
  #worstError = -1;
  readonly #z: number;

  constructor(info: StackInfo, held: HeldOut) {
    this.#info = info;
    const gap = Math.floor((held.kept - 1) / 2);
    this.#z = held.first + gap * held.factor + Math.floor(held.factor / 2);
  }

  /** Takes each slice of the evaluation, in its order. */
  add({ t, c, z, truth, kept, made }: EvaluatedSlice): void {
    if (t > 0 || c > 0) return;
    const { network, linear } = kept ? { network: truth, linear: truth } : made;
    this.#rows.push(mapViews({ truth, network, linear }, (plane) => this.#middleRow(plane)));
    if (kept) return;
    const views = mapViews({ truth, network, linear }, (plane) => new Float32Array(plane));
    if (z === this.#z) this.#middle = views;
    const error = rmse(network, truth);
    if (error <= this.#worstError) return;
    [this.#worst, this.#worstZ, this.#worstError] = [views, z, error];
  }

  /** The figures, when all slices were added; `name` is what the network is called. */
  draw(name: string): Figure[] {
    const middle = this.#middle;
    const worst = this.#worst;
    const z = this.#z;
    const worstZ = this.#worstZ;
    const { sizes: { x: width, y } } = this.#info;
    if (!middle || !worst) throw new Error("the slices to show were not added");
    const range = contrastRange(middle.truth);
    const plane = (samples: Plane, [black, white]: Shades) =>
      greyImage(samples, width, [black, white]);
    const cut = (rows: readonly Plane[], shades: Shades) =>
      xzView(rows, { width, y: 0, zStep: this.#zStep, xStep: 1, range: shades });
    const rows = {
      truth: this.#rows.map((row) => row.truth),
      network: this.#rows.map((row) => row.network),
      linear: this.#rows.map((row) => row.linear),
    };
    const apart = (a: readonly Plane[], b: readonly Plane[]) =>
      a.map((row, i) => difference(row, b[i]));
    const figures = [
      figure(`XY: ${sliceName(z)}, in the middle.`, middle, name, range, plane, difference),
    ];
    if (worstZ !== z) {
      const caption = `XY: ${sliceName(worstZ)}, where ${name} is farthest from the truth.`;
      const own = contrastRange(worst.truth);
      figures.push(figure(caption, worst, name, own, plane, difference));
    }
    const across = `XZ: row ${Math.floor(y / 2)} of all slices, the kept ones among them.`;
    return [...figures, figure(across, rows, name, range, cut, apart)];
  }

  /** Distance of slices in pixels; a pixel where the file does not say. */
  get #zStep(): number {
    const { x, z } = this.#info.voxelSize;
    return x && z ? z / x : 1;
  }

  #middleRow(slice: Float64Array): Plane {
    const { x, y } = this.#info.sizes;
    const start = Math.floor(y / 2) * x;
    return new Float32Array(slice.subarray(start, start + x));
  }
}

function figure<T>(
  caption: string,
  { truth, network, linear }: Views<T>,
  name: string,
  range: Shades,
  draw: (samples: T, shades: Shades) => GreyImage,
  apart: (a: T, b: T) => T,
): Figure {
  const reach = (range[1] - range[0]) / AMPLIFIED;
  const panel = (name: string, image: GreyImage): Panel => {
    const times = Math.max(1, Math.round(PANEL_WIDTH / image.width));
    return { name, png: encodePng(magnify(image, times)) };
  };
  const [low, high, far] = [...range, reach].map((value) => value.toFixed(1));
  const shown = draw(truth, range);
  return {
    flat: shown.height < FLAT * shown.width,
    caption: `${caption} Black to white: grey levels ${low} to ${high}; differences 0 to ${far}.`,
    panels: [
      panel("truth", shown),
      panel(name, draw(network, range)),
      panel("linear", draw(linear, range)),
      panel(`|${name} − truth|`, draw(apart(network, truth), [0, reach])),
      panel("|linear − truth|", draw(apart(linear, truth), [0, reach])),
    ],
  };
}

function mapViews<A, B>({ truth, network, linear }: Views<A>, map: (view: A) => B): Views<B> {
  return { truth: map(truth), network: map(network), linear: map(linear) };
}

/** Counted from 1, as the report says. */
function sliceName(z: number): string {
  return placeInWords({ slice: z });
}
