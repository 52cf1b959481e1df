import {
  abs,
  add,
  affine,
  broadcastTo,
  clamp,
  concat,
  greater,
  mean,
  multiply,
  safeSqrt,
  selectBatch,
  sigmoid,
  subtract,
  sumTo,
  warp,
} from "../autograd/ops/mod.ts";
import { featureFormat } from "../autograd/op.ts";
import { release, scope } from "../autograd/scope.ts";
import type { Shape } from "../autograd/shape.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { ParameterStore } from "../nn/module.ts";
import { contextNet } from "./context_net.ts";
import { type FlowAndMask, intermediateFlowBlock } from "./if_block.ts";
import { refinementNet } from "./u_net.ts";
import { PAPER_WIDTHS } from "./widths.ts";

export const VARIANTS = ["zaugnet", "zaugnet+"] as const;
/** ZAugNet predicts the middle slice, ZAugNet+ one at any relative distance. */
export type Variant = typeof VARIANTS[number];

/** Two slices [n,1,h,w] in 0..1, sides multiples of 16, and for ZAugNet+ the DPM [n,1,1,1]. */
export interface GeneratorInput {
  readonly before: Tensor;
  readonly after: Tensor;
  /** Relative distance of the wanted slice from `before`, 0..1; ZAugNet ignores it. */
  readonly dpm?: Tensor;
}

/** Slices [m,1,h,w] of which several wanted ones may have the same neighbours. */
export interface SharedInput {
  readonly slices: Tensor;
  /** The numbers of the neighbours, for each of the wanted slices. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly dpm?: Tensor;
}

/** What training sees of one stage. */
export interface Stage {
  /** Backward flow to both slices [n,4,h,w]: dx, dy of `before`, dx, dy of `after`, in pixels. */
  readonly flow: Tensor;
  /** Weight of `before` in the merged slice, 0..1. */
  readonly mask: Tensor;
  readonly merged: Tensor;
}

/** What the generator answers when it is trained. */
export interface TrainingOutput {
  /** The three student stages, unrefined. */
  readonly stages: readonly Stage[];
  readonly teacher: Stage;
  /** The predicted slice, refined and clamped to 0..1. */
  readonly answer: Tensor;
  /** The teacher's lesson [1,1,1,1]; see {@link distillation}. */
  readonly distillation: Tensor;
}

/** The generator of ZAugNet or ZAugNet+. */
export interface Generator {
  /** The predicted slice [n,1,h,w] in 0..1. */
  predict(input: GeneratorInput): Tensor;
  /** The same to the bit, and what depends on one slice only is computed once for each. */
  predictShared(input: SharedInput): Tensor;
  /** All stages, the teacher's (which sees the truth) included. */
  train(input: GeneratorInput, truth: Tensor): TrainingOutput;
}

const SCALES = [4, 2, 1];

/** A pixel teaches where the student is worse than the teacher by more than this. */
const TEACHING_MARGIN = 0.01;

/** What the context network finds in both slices, before it is warped. */
interface Features {
  readonly before: readonly Tensor[];
  readonly after: readonly Tensor[];
}

interface State extends FlowAndMask {
  readonly warpedBefore: Tensor;
  readonly warpedAfter: Tensor;
}

/** Declares the generator's parameters; without `teacher`, those of the teacher are left out. */
export function generator(
  p: ParameterStore,
  variant: Variant,
  teacher: boolean,
  { blocks, context: contextWidth } = PAPER_WIDTHS.generator,
): Generator {
  const distance = variant === "zaugnet+" ? 1 : 0;
  const students = blocks.map((width, i) =>
    intermediateFlowBlock(p, `block${i}`, (i === 0 ? 2 : 9) + distance, width)
  );
  const teacherBlock = teacher
    ? intermediateFlowBlock(p, "block_tea", 10 + distance, blocks[2])
    : undefined;
  const context = contextNet(p, "contextnet", contextWidth);
  const refinement = refinementNet(p, "unet", contextWidth);

  /** Images, and the DPM spread over a plane where the variant takes one. */
  const given = ({ before, after, dpm }: GeneratorInput): Tensor[] => {
    if (distance === 0) return [before, after];
    if (!dpm) throw new Error("ZAugNet+ needs the DPM of the wanted slice");
    return [before, after, broadcastTo(dpm, before.shape)];
  };

  const warped = (input: GeneratorInput, { flow, mask }: FlowAndMask): State => ({
    flow,
    mask,
    warpedBefore: warp(input.before, flow, 0),
    warpedAfter: warp(input.after, flow, 2),
  });

  const nextState = (
    input: GeneratorInput,
    inputs: readonly Tensor[],
    i: number,
    last?: State,
  ): State =>
    scope(() => {
      const block = students[i];
      if (!last) return warped(input, block(concat(inputs), undefined, SCALES[i]));
      const images = concat([...inputs, last.warpedBefore, last.warpedAfter, last.mask]);
      return warped(input, sum(last, block(images, last.flow, SCALES[i])));
    });

  const refined = (
    { before, after }: GeneratorInput,
    state: State,
    merged: Tensor,
    features?: Features,
  ): Tensor =>
    scope(() => {
      const { warpedBefore, warpedAfter, mask, flow } = state;
      const x = concat([before, after, warpedBefore, warpedAfter, mask, flow]);
      const places = refinement.places(x);
      const [beforePlaces, afterPlaces] = [places.map((p) => p.before), places.map((p) => p.after)];
      const logits = refinement.refine(
        x,
        context.warped(features?.before ?? context.features(before), flow, 0, beforePlaces),
        context.warped(features?.after ?? context.features(after), flow, 2, afterPlaces),
        places,
      );
      const residual = affine(sigmoid(logits), 2, -1);
      const answer = clamp(add(merged, residual), 0, 1);
      if (featureFormat() === "f32") return answer;
      // Halves end at 65,504, and an infinity would end as a black or white pixel: times 0 it is NaN.
      const overflow = add(add(logits, mask), sumTo(flow, logits.shape));
      return add(answer, affine(overflow, 0, 0));
    });

  const predict = (input: GeneratorInput, features?: () => Features): Tensor =>
    scope(() => {
      const inputs = given(input);
      const states = [nextState(input, inputs, 0)];
      for (let i = 1; i < 3; i++) {
        const last = states[i - 1];
        states.push(nextState(input, inputs, i, last));
        release(last.flow, last.mask, last.warpedBefore, last.warpedAfter);
      }
      return refined(input, states[2], scope(() => merge(states[2]).merged), features?.());
    });

  return {
    predict,
    predictShared: ({ slices, before, after, dpm }) =>
      scope(() => {
        const pair = {
          before: selectBatch(slices, before),
          after: selectBatch(slices, after),
          dpm,
        };
        return predict(pair, () =>
          scope(() => {
            const levels = context.features(slices);
            const of = (entries: readonly number[]) => levels.map((x) => selectBatch(x, entries));
            return { before: of(before), after: of(after) };
          }));
      }),
    train(input, truth) {
      if (!teacherBlock) throw new Error("This generator was made without its teacher");
      const inputs = given(input);
      const states: State[] = [];
      for (let i = 0; i < 3; i++) states.push(nextState(input, inputs, i, states.at(-1)));
      const last = states[2];
      const images = [...inputs, last.warpedBefore, last.warpedAfter, last.mask, truth];
      const taught = warped(input, sum(last, teacherBlock(concat(images), last.flow, 1)));
      const stages = states.map(merge);
      const teacherStage = merge(taught);
      return {
        stages,
        teacher: teacherStage,
        answer: refined(input, last, stages[2].merged),
        distillation: distillation(stages, teacherStage, truth),
      };
    },
  };
}

function sum(a: FlowAndMask, b: FlowAndMask): FlowAndMask {
  return { flow: add(a.flow, b.flow), mask: add(a.mask, b.mask) };
}

/** mask * warped before + (1 - mask) * warped after. */
function merge({ flow, mask: logits, warpedBefore, warpedAfter }: State): Stage {
  const mask = sigmoid(logits);
  const merged = add(multiply(warpedBefore, mask), multiply(warpedAfter, affine(mask, -1, 1)));
  return { flow, mask, merged };
}

/**
 * The distance between each student's flow and the teacher's, which is detached: root mean square
 * over the four channels, counted where the student's error exceeds the teacher's by more than
 * 0.01, mean over pixels, summed over the stages (paper, "Knowledge distillation").
 */
function distillation(stages: readonly Stage[], teacher: Stage, truth: Tensor): Tensor {
  const error = (merged: Tensor) => abs(subtract(merged, truth));
  const teacherError = affine(error(teacher.merged), 1, TEACHING_MARGIN);
  const lesson = teacher.flow.detach();
  return stages.map(({ flow, merged }) => {
    const difference = subtract(lesson, flow);
    const [n, , h, w] = flow.shape;
    const plane: Shape = [n, 1, h, w];
    const distance = safeSqrt(mean(multiply(difference, difference), plane));
    return mean(multiply(distance, greater(error(merged), teacherError)));
  }).reduce(add);
}
