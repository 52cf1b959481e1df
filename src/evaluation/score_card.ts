import { ErrorSum } from "./metrics.ts";
import { GAUSSIAN, ssim, SsimScan } from "./ssim.ts";
import { finePower } from "./texture.ts";

/** How one predicted slice compares with the truth, in grey levels 0..255. */
export interface SliceScore {
  readonly rmse: number;
  /** dB, peak 255; Infinity where the slices are equal. */
  readonly psnr: number;
  /** 7x7 uniform window; NaN for slices smaller than it. */
  readonly ssim: number;
  /** 11x11 Gaussian window of sigma 1.5; NaN for slices smaller than it. */
  readonly ssimGaussian: number;
  /** Mean of predicted - truth. */
  readonly bias: number;
  /** Power of the finest structure and noise, predicted over measured; NaN where there is none. */
  readonly texture: number;
}

/** The metrics of {@link Scores}, in the order of a table. */
export const METRICS = [
  ...["rmse", "psnr", "psnrPerSlice", "ssim", "ssimGaussian", "ssimXz", "bias", "texture"] as const,
];
export type Metric = typeof METRICS[number];

/**
 * How the generated slices of a stack compare with the truth, in grey levels 0..255. RMSE, PSNR
 * and bias come from the pooled errors, `psnrPerSlice` and both SSIM are means over slices, without
 * those that have none (the PSNR of a slice without an error);
 * `texture` compares the power of what a Gaussian of 1 pixel takes away, predicted over measured: below
 * 1, predicted slices are smoother than measured ones, and show as stripes across the slices.
 * `ssimXz` is that of XZ planes, generated and kept slices together (NaN below seven slices).
 */
export type Scores = Readonly<Record<Metric, number>>;

/** The powers of two slices' finest structure. */
interface FinePowers {
  readonly predicted: number;
  readonly truth: number;
}

/** Compares one slice [height][width] in grey levels. */
export function scoreSlice(
  predicted: Float64Array,
  truth: Float64Array,
  width: number,
  fine: FinePowers = finePowers(predicted, truth, width),
): SliceScore {
  const errors = new ErrorSum().add(predicted, truth);
  return {
    rmse: errors.rmse,
    psnr: errors.psnr(),
    ssim: ssim(predicted, truth, width),
    ssimGaussian: ssim(predicted, truth, width, GAUSSIAN),
    bias: errors.bias,
    texture: fine.predicted / fine.truth,
  };
}

function finePowers(predicted: Float64Array, truth: Float64Array, width: number): FinePowers {
  return { predicted: finePower(predicted, width), truth: finePower(truth, width) };
}

/** Collects one method's scores over a stack, whose slices come in the order of z. */
export class ScoreCard {
  readonly #width: number;
  readonly #errors = new ErrorSum();
  readonly #slices: SliceScore[] = [];
  readonly #fine = { predicted: 0, truth: 0 };
  readonly #volumes = new Map<number, SsimScan>();

  constructor(width: number) {
    this.#width = width;
  }

  /** A new frame: its slices do not follow those before. */
  startFrame(): void {
    for (const volume of this.#volumes.values()) volume.restart();
  }

  /** A kept slice of a channel: it counts in XZ only. */
  addKept(channel: number, truth: Float64Array): void {
    this.#addToVolume(channel, truth, truth);
  }

  /** A generated slice of a channel. */
  addGenerated(channel: number, predicted: Float64Array, truth: Float64Array): SliceScore {
    this.#errors.add(predicted, truth);
    this.#addToVolume(channel, predicted, truth);
    const fine = finePowers(predicted, truth, this.#width);
    const score = scoreSlice(predicted, truth, this.#width, fine);
    this.#slices.push(score);
    this.#fine.truth += fine.truth;
    // A slice without any is no measure of what a method makes of it.
    if (fine.truth > 0) this.#fine.predicted += fine.predicted;
    return score;
  }

  get scores(): Scores {
    const mean = (metric: keyof SliceScore) => average(this.#slices.map((slice) => slice[metric]));
    return {
      rmse: this.#errors.rmse,
      psnr: this.#errors.psnr(),
      psnrPerSlice: mean("psnr"),
      ssim: mean("ssim"),
      ssimGaussian: mean("ssimGaussian"),
      ssimXz: average([...this.#volumes.values()].map((volume) => volume.mean)),
      bias: this.#errors.bias,
      texture: this.#fine.predicted / this.#fine.truth,
    };
  }

  #addToVolume(channel: number, predicted: Float64Array, truth: Float64Array): void {
    const volume = this.#volumes.get(channel) ?? new SsimScan(this.#width);
    this.#volumes.set(channel, volume);
    volume.push(predicted, truth);
  }
}

/** Of the values that are finite; NaN where none is. */
function average(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
