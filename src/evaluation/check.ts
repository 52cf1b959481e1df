import type { Method, StackEvaluation } from "./evaluate.ts";
import { type Estimate, estimate } from "./mean_scores.ts";

/** How a method did on a stack. */
export interface CheckedMethod {
  readonly method: Method;
  /** From the pooled error, in dB. */
  readonly psnr: number;
  readonly ssim: number;
  /** See {@link Scores}. */
  readonly texture: number;
  /** Over the better of linear and cubic, in dB of PSNR: the mean over slices and its 95 % interval. */
  readonly gain: Estimate;
}

/** What wins on a stack. */
export interface Check {
  /** Best first. */
  readonly methods: readonly CheckedMethod[];
  readonly sentence: string;
}

/** What the methods that are compared are called in a sentence. */
const NAMES: Readonly<Record<Method, string>> = {
  linear: "linear interpolation",
  cubic: "cubic interpolation",
  adaptive: "adaptive linear interpolation",
  bands: "linear and cubic interpolation in bands",
  calibrated: "the calibrated network",
  network: "the network alone",
};
const SIMPLE: readonly Method[] = ["linear", "cubic"];

/** Says what an evaluation means for whoever wants to predict that stack. */
export function checkOf({ stack, scores, slices }: StackEvaluation): Check {
  const simple = scores.cubic.psnr > scores.linear.psnr ? "cubic" : "linear";
  const psnrOf = (wanted: Method) =>
    slices.filter(({ method }) => method === wanted).map(({ psnr }) => psnr);
  const baseline = psnrOf(simple);
  const methods = Object.keys(NAMES).filter((method) => method in scores).map((method) => {
    const { psnr, ssim, texture } = scores[method];
    // A slice that a method meets exactly has no PSNR to compare.
    const gains = psnrOf(method).map((value, i) => value - baseline[i]).filter(Number.isFinite);
    return { method, psnr, ssim, texture, gain: estimate(gains) };
  }).sort((a, b) => b.psnr - a.psnr);
  return { methods, sentence: sentenceOf(stack, methods, simple, baseline.length) };
}

function sentenceOf(
  stack: string,
  [{ method, gain: { mean, margin } }]: readonly CheckedMethod[],
  simple: Method,
  count: number,
): string {
  const winner = NAMES[method];
  const rival = NAMES[simple];
  if (SIMPLE.includes(method)) return `On ${stack}, nothing beats ${rival}.`;
  const size = `${mean >= 0 ? "+" : ""}${mean.toFixed(2)}`;
  const slices = `${count} slice${count === 1 ? "" : "s"}`;
  if (Number.isNaN(margin)) {
    return `On ${stack}, ${winner} is ahead of ${rival} by ${size} dB, on ${slices}: too few for ` +
      "an interval.";
  }
  const interval = `${size} ± ${margin.toFixed(2)} dB`;
  return mean > margin
    ? `On ${stack}, ${winner} wins: ${interval} over ${rival} (95 % interval, ${slices}).`
    : `On ${stack}, ${winner} is ahead of ${rival} by ${interval} (95 % interval, ${slices}), ` +
      "which may be chance.";
}
