import type { StackInfo } from "../stack/stack.ts";
import type { SliceInterpolator } from "./interpolator.ts";
import { type KnownSlice, wideGaps } from "./known_gaps.ts";
import { evenStep, type PositionOptions } from "./positions.ts";

/**
 * Whether a network's answers are weighed as suits the stack (docs/calibration.md).
 * - "auto": where the model carries a map and the slices are evenly spaced.
 * - "off": the network's answers as they are.
 */
export const CALIBRATIONS = ["auto", "off"] as const;

/** One of {@link CALIBRATIONS}: "auto" or "off". */
export type Calibration = typeof CALIBRATIONS[number];

/** How a stack is to be calibrated, if it is. */
export interface CalibrationPlan {
  /** The stack's own gaps that weights are fitted on; missing where it is not calibrated. */
  readonly gaps?: readonly KnownSlice[];
  readonly notes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Plans a calibration without reading a sample. */
export function planCalibration(
  { sizes }: StackInfo,
  { calibrator }: Pick<SliceInterpolator, "calibrator">,
  { calibration = "auto", positions }: { calibration?: Calibration } & PositionOptions,
): CalibrationPlan {
  const without = (...notes: string[]) => ({ notes, metadata: {} });
  if (calibration === "off" || !calibrator) return without();
  if (!calibrator.map) {
    return without(
      "The model carries no calibration map, so the network's answers are taken as they are; " +
        "`zaugnet calibrate` learns one.",
    );
  }
  if (positions && evenStep(positions) === undefined) {
    return without("Slices at uneven positions are not calibrated.");
  }
  const gaps = wideGaps(sizes);
  const basis = gaps.length === 0 ? "typical weights" : `${gaps.length} gaps of the stack`;
  return { gaps, notes: [], metadata: { calibration: `bands, ${basis}` } };
}
