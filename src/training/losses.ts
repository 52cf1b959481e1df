import { gradient } from "../autograd/gradient.ts";
import {
  add,
  affine,
  mean,
  multiply,
  safeSqrt,
  subtract,
  sum,
  sumTo,
} from "../autograd/ops/mod.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { Layer } from "../nn/layers.ts";
import { laplacianLoss } from "../nn/laplacian_loss.ts";
import type { TrainingOutput } from "../zaugnet/generator.ts";

/** The weight of the teacher's lesson in the generator's loss (paper's code, hard-coded there). */
const DISTILLATION_WEIGHT = 0.01;

/** What the critic is trained on; all [1,1,1,1]. */
export interface CriticLosses {
  /** fake - real + lambdaGp * penalty. */
  readonly total: Tensor;
  /** Unweighted. */
  readonly penalty: Tensor;
  /** The critic's mean answer for true and for predicted slices. */
  readonly real: Tensor;
  readonly fake: Tensor;
}

/**
 * WGAN-GP (Gulrajani et al. 2017): `truth` and `fake` [n,1,h,w], the fake without a history,
 * `alpha` [n,1,1,1] in 0..1 mixes them for the penalty.
 */
export function criticLosses(
  critic: Layer,
  { truth, fake, alpha }: { truth: Tensor; fake: Tensor; alpha: Tensor },
  lambdaGp: number,
): CriticLosses {
  const real = mean(critic(truth));
  const ofFake = mean(critic(fake));
  const penalty = gradientPenalty(critic, add(fake, multiply(alpha, subtract(truth, fake))));
  const total = add(subtract(ofFake, real), affine(penalty, lambdaGp, 0));
  return { total, penalty, real, fake: ofFake };
}

/** The mean over samples of (|slope of the critic at x| - 1)^2; differentiable, to train on. */
function gradientPenalty(critic: Layer, x: Tensor): Tensor {
  const at = x.detach();
  at.requiresGrad = true;
  const [slope] = gradient(sum(critic(at)), [at], { createGraph: true });
  if (!slope) throw new Error("The critic's answer does not depend on its input");
  const squares = sumTo(multiply(slope, slope), [at.shape[0], 1, 1, 1]);
  const excess = affine(safeSqrt(squares), 1, -1);
  return mean(multiply(excess, excess));
}

export const PIXEL_LOSSES = ["paper", "full"] as const;
/** Which pixel loss is taken: the paper's, or with the pyramid's low-pass residual as a level. */
export type PixelLoss = typeof PIXEL_LOSSES[number];

/** What the generator is trained on; all [1,1,1,1], unweighted but `total`. */
export interface GeneratorLosses {
  readonly total: Tensor;
  readonly laplacian: Tensor;
  readonly teacher: Tensor;
  readonly distillation: Tensor;
  /** Minus the critic's mean answer; undefined without a critic. */
  readonly adversarial?: Tensor;
}

/** How the generator's losses are put together. */
export interface GeneratorLossOptions {
  readonly pixelLoss: PixelLoss;
  readonly lambdaAdv: number;
  readonly critic?: Layer;
}

/**
 * laplacian + teacher + 0.01 * distillation + lambdaAdv * adversarial (paper, "Loss functions").
 * The teacher's loss also trains the student, whose flow it refines.
 */
export function generatorLosses(
  output: TrainingOutput,
  truth: Tensor,
  { pixelLoss, lambdaAdv, critic }: GeneratorLossOptions,
): GeneratorLosses {
  const residual = pixelLoss === "full";
  const laplacian = laplacianLoss(output.answer, truth, { residual });
  const teacher = laplacianLoss(output.teacher.merged, truth, { residual });
  const { distillation } = output;
  const learned = add(add(laplacian, teacher), affine(distillation, DISTILLATION_WEIGHT, 0));
  if (!critic) return { total: learned, laplacian, teacher, distillation };
  const adversarial = affine(mean(critic(output.answer)), -1, 0);
  const total = add(learned, affine(adversarial, lambdaAdv, 0));
  return { total, laplacian, teacher, distillation, adversarial };
}
