import { InputError } from "../errors.ts";
import { BANDS } from "./bands.ts";
import type { GapGram } from "./grams.ts";
import { dot, type Matrix } from "./solve.ts";
import { errorOf, statisticsOf } from "./statistics.ts";

/** What was learnt on other stacks: how a stack's own statistics lead to its weights. */
export interface CalibrationMap {
  /** [feature][input]: the linear map from {@link statisticsOf}'s inputs to corrections. */
  readonly corrections: Matrix;
  /** [band][feature]: the fixed weights that serve the other stacks best. */
  readonly typical: Matrix;
}

/**
 * The share of the typical weights, by the gaps that a stack's own were fitted on: none, one, two,
 * more. Measured by leaving one repository out (docs/calibration.md).
 */
const TYPICAL_SHARES = [1, 0.75, 0.5, 0.25];

/**
 * The weights [band][feature] for a stack, from its gaps whose slices are known, if there are any,
 * and from what a map knows of other stacks. They need not add up to 1: a noisy band shrinks.
 */
export function calibratedWeights(gaps: readonly GapGram[], map: CalibrationMap): number[][] {
  if (gaps.length === 0) return map.typical.map((row) => [...row]);
  const fitted = fittedWeights(gaps, map.corrections);
  const share = TYPICAL_SHARES[Math.min(gaps.length, TYPICAL_SHARES.length - 1)];
  return confined(gaps, mix(fitted, map.typical, share));
}

/**
 * How much worse the weights may be on a stack's own gaps than the best of its simple ones. They are
 * meant for gaps of half the width, and were up to 1.16 times worse on any stack of the corpus.
 */
const MOST_WORSE = 1.2;

/**
 * Goes as far towards weights as a stack's own gaps allow, from the best that are known without
 * other stacks: a network that fails on a stack, or a flat one, is unlike all that a map was learnt
 * on.
 */
function confined(gaps: readonly GapGram[], weights: Matrix): number[][] {
  const errorOn = (own: Matrix) => gaps.reduce((sum, { bands }) => sum + errorOf(own, bands), 0);
  const { start, simple } = statisticsOf(gaps);
  const linear = start.map((row) => row.map((_, i) => i === 0 ? 1 : 0));
  const cubic = start.map((row) => row.map((_, i) => i < 2 ? 1 : 0));
  const best = [start, simple, linear, cubic]
    .reduce((best, other) => errorOn(other) < errorOn(best) ? other : best);
  const error = (share: number) => errorOn(mix(best, weights, share));
  const [near, far] = [error(0), error(1)];
  if (far <= MOST_WORSE * near) return mix(best, weights, 1);
  // The error is a parabola along the way.
  const slope = 4 * error(0.5) - far - 3 * near;
  const bend = far - near - slope;
  const root = Math.sqrt(slope ** 2 + 4 * bend * (MOST_WORSE - 1) * near);
  return mix(best, weights, Math.max(0, (root - slope) / (2 * bend)));
}

/** From some weights to others by a share. */
function mix(from: Matrix, to: Matrix, share: number): number[][] {
  return from.map((row, band) => row.map((own, i) => (1 - share) * own + share * to[band][i]));
}

/**
 * Weights, which are those of the middle of a gap, for a relative distance 0..1 within it: linear
 * interpolation's go to 1 where the slice nears an original. Measured at 4x (docs/calibration.md).
 */
export function weightsAt(weights: Matrix, distance: number): number[][] {
  const share = 4 * distance * (1 - distance);
  return weights.map(([linear, ...others]) => [1 + share * (linear - 1), ...others]);
}

/** A stack's own weights, corrected by the map alone. */
export function fittedWeights(gaps: readonly GapGram[], corrections: Matrix): number[][] {
  const { inputs, start } = statisticsOf(gaps);
  return start.map((row, band) =>
    row.map((weight, feature) => weight + dot(corrections[feature], inputs[band]))
  );
}

/** Where a model file's metadata holds its map. */
const KEY = "zaugnet.calibration";

/** A model's metadata with a map in it; JSON keeps every bit, however the weights are stored. */
export function withMap(
  metadata: Readonly<Record<string, string>>,
  { corrections, typical }: CalibrationMap,
): Record<string, string> {
  return { ...metadata, [KEY]: JSON.stringify({ corrections, typical }) };
}

/**
 * The map in a model's metadata, if there is one, for 3 features (2 without a network). Throws an
 * InputError where it is damaged; `name` is what the message calls the model.
 */
export function mapOf(
  metadata: Readonly<Record<string, string>>,
  name = "the model",
): CalibrationMap | undefined {
  const text = metadata[KEY];
  if (text === undefined) return undefined;
  const found = parse(text);
  const features = 3;
  const whole = isMatrix(found.corrections, features, 4 * features + 9) &&
    isMatrix(found.typical, BANDS, features);
  if (whole) return { corrections: found.corrections, typical: found.typical } as CalibrationMap;
  throw new InputError(
    `${name} has a calibration map (${KEY}) that is none: it needs corrections ` +
      `[${features}][${
        4 * features + 9
      }] and typical [${BANDS}][${features}], all finite numbers; ` +
      "learn it again.",
  );
}

function parse(text: string): { corrections?: unknown; typical?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function isMatrix(value: unknown, rows: number, columns: number): value is Matrix {
  return Array.isArray(value) && value.length === rows &&
    value.every((row) =>
      Array.isArray(row) && row.length === columns && row.every((x) => Number.isFinite(x))
    );
}
