import { InputError } from "../errors.ts";
import { singleSliceHint } from "../io/stack_options.ts";
import { joined, type Message, option, type OptionPart, phrase } from "../message.ts";
import type { StackInfo, VoxelSize } from "../stack/stack.ts";
import {
  checkCount,
  checkedDistances,
  checkedFactor,
  checkedPositions,
  checkParts,
  EVEN_TOLERANCE,
  gapSizes,
  statedStep,
} from "./position_checks.ts";
import { type OutputSlice, resample } from "./resample.ts";

export type { OutputSlice };

/** Parts of each gap where nothing else is asked for. */
export const DEFAULT_FACTOR = 2;

/** Which slices are wanted: one of factor, dpm and spacing; {@link DEFAULT_FACTOR} without any. */
export interface PositionOptions {
  /** Slices per gap, the first original included: z becomes factor * (z - 1) + 1. */
  readonly factor?: number;
  /** Relative distances in each gap, strictly inside 0..1, ascending, distinct. */
  readonly dpm?: readonly number[];
  /** The z step wanted, in the stack's unit, or that of x. */
  readonly spacing?: number | "isotropic";
  /** Where each slice lies, in the stack's unit, strictly ascending; else they are evenly spaced. */
  readonly positions?: readonly number[];
}

/** The slices of the output along z, the same for each channel and frame. */
export interface OutputPositions {
  readonly slices: readonly OutputSlice[];
  /** How often every gap is halved; 1 for all slices of a gap in one pass. */
  readonly doublings: number;
  readonly voxelSize: VoxelSize;
  readonly notes: readonly string[];
  /** What was asked for, for the output's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Plans the output's slices. `anyDistance` says whether the model is ZAugNet+ (any distance, one
 * pass) or ZAugNet (repeated doubling). Throws an InputError for a stack of one slice, for options
 * that contradict each other or the stack, and for what only ZAugNet+ can do.
 */
export function planPositions(
  info: StackInfo,
  anyDistance: boolean,
  options: PositionOptions = {},
): OutputPositions {
  const depth = info.sizes.z;
  if (depth < 2) {
    const hint = singleSliceHint(info.sizes);
    throw new InputError(
      phrase`The stack has one slice; there is nothing to interpolate between.${hint}`,
    );
  }
  const asked = (["factor", "dpm", "spacing"] as const)
    .filter((name) => options[name] !== undefined);
  if (asked.length > 1) {
    const names = joined(asked.map((name) => option(name)), ", ");
    throw new InputError(phrase`Give only one of ${names}.`);
  }
  const positions = checkedPositions(info, options.positions);
  const plan = (distances: readonly number[], ask: OptionPart, notes: readonly string[] = []) => {
    const doublings = anyDistance ? 1 : doublingsOf(distances, ask);
    return finish(info, options, fill(positions, distances), doublings, notes);
  };

  if (options.dpm) {
    checkParts(options.dpm.length + 1, option("dpm"));
    return plan(checkedDistances(options.dpm), option("dpm", options.dpm));
  }
  if (options.spacing === undefined) {
    const factor = checkedFactor(options.factor ?? DEFAULT_FACTOR);
    checkParts(factor, option("factor", factor));
    return plan(evenDistances(factor), option("factor", factor));
  }

  const target = targetStep(info, options);
  const step = evenStep(positions);
  const widest = Math.max(...positions.slice(1).map((position, i) => position - positions[i]));
  checkParts(widest / target, option("spacing", options.spacing), gapSizes(info, widest, target));
  const ratio = step === undefined ? 0 : step / target;
  const factor = Math.round(ratio);
  if (step !== undefined && factor > 1 && Math.abs(ratio / factor - 1) <= EVEN_TOLERANCE) {
    const rounded = Math.abs(ratio / factor - 1) > 1e-6;
    const notes = rounded
      ? [`The z step becomes ${step / factor} instead of ${target}, so that all originals stay.`]
      : [];
    return plan(evenDistances(factor), option("spacing", options.spacing), notes);
  }
  if (!positions.some((_, i) => positions[i + 1] - positions[i] > target * (1 + EVEN_TOLERANCE))) {
    const asked = option("spacing", options.spacing);
    throw new InputError(
      phrase`${asked} asks for a z step of ${target}, and the stack's slices are no farther apart:
        there is nothing to interpolate.`,
    );
  }
  if (!anyDistance) throw new InputError(spacingNeedsPlus(options.spacing, target, step));
  checkCount((positions[depth - 1] - positions[0]) / target);
  const { slices, notes } = resample(positions, target);
  return finish(info, options, slices, 1, notes);
}

/** The distances i / factor inside a gap. */
function evenDistances(factor: number): number[] {
  checkCount(factor);
  return Array.from({ length: factor - 1 }, (_, i) => (i + 1) / factor);
}

function fill(positions: readonly number[], distances: readonly number[]): OutputSlice[] {
  checkCount((positions.length - 1) * (distances.length + 1));
  return positions.flatMap((position, gap): OutputSlice[] => [
    { position, original: gap },
    ...(gap + 1 === positions.length ? [] : distances).map((dpm) => ({
      position: position + dpm * (positions[gap + 1] - position),
      gap,
      dpm,
    })),
  ]);
}

function finish(
  info: StackInfo,
  options: PositionOptions,
  slices: readonly OutputSlice[],
  doublings: number,
  notes: readonly string[],
): OutputPositions {
  const { z: _sourceStep, ...sides } = info.voxelSize;
  const outputPositions = slices.map(({ position }) => position);
  const step = evenStep(outputPositions);
  const known = options.positions !== undefined || statedStep(info) !== undefined;
  const metadata: Record<string, string> = options.dpm
    ? { dpm: options.dpm.join(",") }
    : options.spacing !== undefined
    ? { spacing: String(options.spacing) }
    : { factor: String(options.factor ?? 2) };
  if (step === undefined) metadata.z_positions = outputPositions.join(",");
  return {
    slices,
    doublings,
    voxelSize: known && step !== undefined ? { ...sides, z: step } : sides,
    notes: step === undefined
      ? [...notes, "The output's slices are not evenly spaced, so it states no z step."]
      : notes,
    metadata,
  };
}

/** The common step of ascending positions; undefined where they are not evenly spaced. */
export function evenStep(positions: readonly number[]): number | undefined {
  const gaps = positions.length - 1;
  const step = (positions[gaps] - positions[0]) / gaps;
  const even = positions.every((position, i) =>
    i === 0 || Math.abs(position - positions[i - 1] - step) <= EVEN_TOLERANCE * step
  );
  return even ? step : undefined;
}

/** How often to double for these distances; an InputError where doubling does not lead there. */
function doublingsOf(distances: readonly number[], ask: OptionPart): number {
  const factor = distances.length + 1;
  const even = distances.every((dpm, i) => Math.abs(dpm * factor - i - 1) < 1e-9);
  const doublings = Math.ceil(Math.log2(factor));
  if (even && 2 ** doublings === factor) return doublings;
  throw new InputError(
    phrase`${needsPlus(ask)}: it can do ${option("factor", 2 ** doublings)}.`,
  );
}

function spacingNeedsPlus(
  spacing: number | "isotropic",
  target: number,
  step: number | undefined,
): Message {
  const needs = needsPlus(option("spacing", spacing));
  if (step === undefined) return phrase`${needs}, and the slices are not evenly spaced.`;
  const factor = 2 ** Math.ceil(Math.log2(step / target));
  return phrase`${needs}: it can do ${option("factor", factor)}, a z step of ${step / factor}.`;
}

function needsPlus(ask: OptionPart): Message {
  return phrase`${ask} needs a ZAugNet+ model; this one is ZAugNet, which halves every gap`;
}

function targetStep(info: StackInfo, options: PositionOptions): number {
  const { x } = info.voxelSize;
  if (options.positions === undefined && statedStep(info) === undefined) {
    throw new InputError(
      phrase`${
        option("spacing")
      } needs the stack's z step, which the file does not state; say it with
        ${option("voxelSize")}.`,
    );
  }
  if (options.spacing === "isotropic") {
    if (x !== undefined) return x;
    throw new InputError(
      phrase`${
        option("spacing", "isotropic")
      } needs the pixel size, which the file does not state; say it with
        ${option("voxelSize")}.`,
    );
  }
  const spacing = Number(options.spacing);
  if (Number.isFinite(spacing) && spacing > 0) return spacing;
  throw new InputError(
    phrase`${option("spacing")} must be a positive number or "isotropic", not ${spacing}.`,
  );
}
