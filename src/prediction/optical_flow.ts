import {
  add,
  affine,
  broadcastTo,
  concat,
  conv2d,
  divide,
  full,
  gaussianBlur,
  mean,
  multiply,
  resizeBilinear,
  sliceChannels,
  subtract,
  warp,
} from "../autograd/ops/mod.ts";
import { scope } from "../autograd/scope.ts";
import { Tensor } from "../autograd/tensor.ts";
import type { Device } from "../gpu/device.ts";

/** Every level of the pyramid halves its sides; they are multiples of 16. */
const LEVELS = 4;
/** No level is smaller: blurring needs something to reflect. */
const LEAST_SIDE = 4;
/** How often a level warps the images again, and relaxes the flow between two warps. */
const WARPS = 3;
const RELAXATIONS = 8;
/** Weight of smoothness, in shares of the mean squared gradient. */
const SMOOTHNESS = 30;
/** Keeps the equations solvable where an image is flat. */
const TINY = 1e-8;
/** How many times better the moved images must fit to be trusted as much as those that lie still. */
const DOUBT = 4;

/**
 * Dense optical flow of image pairs, both ways at once, from no training: Lucas and Kanade's local
 * averages in Horn and Schunck's smooth field (Bruhn, Weickert and Schnörr, 2005), from coarse to
 * fine with warping. A flow is [n,4,h,w] in pixels: channels 0 and 1 (along x and y) say where in
 * the second image the first one's pixels are found, channels 2 and 3 the other way round. A full
 * vec4 a pixel: both ways cost what one would.
 */
export class OpticalFlow {
  readonly #device: Device;
  readonly #swap: Tensor;
  readonly #interleave: Tensor;
  readonly #repeat: Tensor;
  readonly #pairSum: Tensor;

  constructor(device: Device) {
    this.#device = device;
    const mixing = (...rows: number[][]) => {
      const weight = Tensor.from(device, [rows.length, rows[0].length, 1, 1], rows.flat());
      weight.derived = new Map();
      return weight;
    };
    this.#swap = mixing([0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]);
    this.#interleave = mixing([1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]);
    this.#repeat = mixing([1, 0], [1, 0], [0, 1], [0, 1]);
    this.#pairSum = mixing([1, 0, 1, 0], [0, 1, 0, 1]);
  }

  /** The flows of images [n,2,h,w], whose channels are a pair; sides are multiples of 16. */
  estimate(images: Tensor): Tensor {
    const pyramid = [images];
    for (let level = 1; level < LEVELS; level++) {
      const [, , height, width] = pyramid[0].shape;
      if (Math.min(height, width) < 2 * LEAST_SIDE) break;
      pyramid.unshift(resizeBilinear(gaussianBlur(pyramid[0]), 0.5));
    }
    const [n, , h, w] = pyramid[0].shape;
    const start = full(this.#device, [n, 4, h, w], 0);
    return pyramid.reduce((flow, level) => {
      const finer = flow.shape[2] < level.shape[2] ? resizeBilinear(flow, 2, 2) : flow;
      return this.#refine(level, finer);
    }, start);
  }

  /**
   * The images [n,1,h,w] between the pairs, at relative distances 0..1 from the first: both are
   * warped there by flows that these two approximate (Jiang et al., 2018, equation 4), and
   * blended. Where warping does not make them more alike, they are blended as they lie: slices
   * hold things that their neighbours do not, and no flow leads to these.
   */
  between(images: Tensor, flow: Tensor, distances: readonly number[]): Tensor {
    const perChannel = (...factors: ((t: number) => number)[]) =>
      Tensor.from(
        this.#device,
        [distances.length, factors.length, 1, 1],
        distances.flatMap((t) => factors.map((factor) => factor(t))),
      );
    const back = (t: number) => t * (t - 1);
    const toward = (there: (t: number) => number, opposite: (t: number) => number) =>
      mix(multiply(flow, perChannel(there, there, opposite, opposite)), this.#pairSum);
    const near = perChannel((t) => t);
    const blend = (a: Tensor, b: Tensor) => add(a, multiply(near, subtract(b, a)));
    const [before, after] = [sliceChannels(images, 0, 1), sliceChannels(images, 1, 1)];
    const movedBefore = warp(before, toward(back, (t) => t * t));
    const movedAfter = warp(after, toward((t) => (1 - t) ** 2, back));
    const still = misfit(before, after);
    const share = divide(still, add(still, affine(misfit(movedBefore, movedAfter), DOUBT, TINY)));
    const [straight, along] = [blend(before, after), blend(movedBefore, movedAfter)];
    return add(straight, multiply(share, subtract(along, straight)));
  }

  dispose(): void {
    for (const weight of [this.#swap, this.#interleave, this.#repeat, this.#pairSum]) {
      weight.dispose();
    }
  }

  #refine(images: Tensor, start: Tensor): Tensor {
    let flow = start;
    for (let i = 0; i < WARPS; i++) flow = scope(() => this.#relax(images, flow));
    return flow;
  }

  /** Solves the linearised equations around a flow by Jacobi's relaxation, 2 x 2 in each pixel. */
  #relax(images: Tensor, around: Tensor): Tensor {
    const swap = this.#swap;
    const [first, second] = [sliceChannels(images, 0, 1), sliceChannels(images, 1, 1)];
    const moved = concat([warp(second, around), warp(first, around, 2)]);
    const slope = this.#slope(affine(add(images, moved), 0.5, 0));
    const change = mix(subtract(moved, images), this.#repeat);
    // The structure tensor: its diagonal in both channels, and what is beside it.
    const own = smooth(multiply(slope, slope));
    const cross = smooth(multiply(slope, mix(slope, swap)));
    const turned = (v: Tensor) => add(multiply(own, v), multiply(cross, mix(v, swap)));
    const right = subtract(smooth(multiply(slope, change)), turned(around));

    const energy = mean(own, [own.shape[0], 4, 1, 1]);
    const weight = affine(add(energy, mix(energy, swap)), SMOOTHNESS / 2, TINY);
    const diagonal = add(own, weight);
    const opposite = mix(diagonal, swap);
    const determinant = subtract(multiply(diagonal, opposite), multiply(cross, cross));
    const inverse = divide(opposite, determinant);
    const inverseCross = divide(cross, determinant);
    const keep = multiply(inverse, weight);
    const leak = multiply(inverseCross, weight);
    const pull = subtract(multiply(inverse, right), multiply(inverseCross, mix(right, swap)));

    let flow = around;
    for (let i = 0; i < RELAXATIONS; i++) {
      flow = scope(() => {
        const around = gaussianBlur(flow);
        const smoothed = subtract(multiply(keep, around), multiply(leak, mix(around, swap)));
        return subtract(smoothed, pull);
      });
    }
    return flow;
  }

  /** Central differences of two channels along x and y, [x, y] of the one, then of the other. */
  #slope(images: Tensor): Tensor {
    const [n, , h, w] = images.shape;
    const step = broadcastTo(Tensor.from(this.#device, [1, 4, 1, 1], [1, 0, 0, 1]), [n, 4, h, w]);
    const back = affine(step, -1, 0);
    const along = (from: 0 | 2) =>
      affine(subtract(warp(images, step, from), warp(images, back, from)), 0.5, 0);
    return mix(concat([along(0), along(2)]), this.#interleave);
  }
}

/** Mixes channels: a convolution of one pixel. */
function mix(x: Tensor, weight: Tensor): Tensor {
  return conv2d(x, weight, undefined, { stride: 1, padding: 0 });
}

/** The squared difference, averaged over the surroundings. */
function misfit(a: Tensor, b: Tensor): Tensor {
  const difference = subtract(a, b);
  return smooth(smooth(multiply(difference, difference)));
}

function smooth(x: Tensor): Tensor {
  return gaussianBlur(gaussianBlur(x));
}
