import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from "ml-matrix";
import { harmonicCount, harmonicIndex, sphericalHarmonics } from "./spherical_harmonics.ts";

/** A closed surface as radius over direction, expanded in real spherical harmonics. */
export interface ShapeSpectrum {
  /** c_lm in the points' unit, degree by degree, m from -l to l. */
  readonly coefficients: Float64Array;
  /** c_00 / sqrt(4 pi): the radius, averaged over all directions. */
  readonly meanRadius: number;
  /** sum over m of (c_lm / meanRadius)^2 for l = 0, 1, … lMax: the same for any rotation. */
  readonly power: readonly number[];
  /** Root of the mean squared distance between points and fit, over the mean radius. */
  readonly residual: number;
  /** Whether the points left directions bare, so that bumps of high degree had to be damped. */
  readonly regularized: boolean;
}

/** Condition number from which on the points are too few or too uneven for the coefficients. */
const LARGEST_CONDITION = 100;
/** Share by which damping shrinks a well-measured coefficient of the highest degree. */
const DAMPING = 0.1;

/**
 * Fits radii about the origin by least squares (normal equations, Cholesky). Where the points
 * cannot tell the coefficients apart (slices far apart, a high `lMax`), the sum of
 * (l (l + 1) c_lm)^2, the surface's bending, is kept small beside the squared distances
 * (Tikhonov), and `regularized` says so.
 * @param points x, y, z of each point, relative to the centre.
 * @param weights What each squared distance counts for: the solid angle that the point stands for
 *   makes the fit that of the integral over all directions; equal where nothing is given.
 */
export function fitShape(
  points: readonly number[],
  lMax: number,
  weights: readonly number[] = new Array(points.length / 3).fill(1),
): ShapeSpectrum {
  const size = harmonicCount(lMax);
  const count = points.length / 3;
  const normal = new Float64Array(size * size);
  const right = new Float64Array(size);
  const basis = new Float64Array(size);
  const radii = new Float64Array(count);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < count; i++) {
    const radius = radii[i] = evaluate(points, i, lMax, basis);
    for (let row = 0; row < size; row++) {
      const value = weights[i] * basis[row];
      right[row] += value * radius;
      for (let column = 0; column <= row; column++) {
        normal[row * size + column] += value * basis[column];
      }
    }
  }
  const { coefficients, regularized } = solve(normal, right, lMax, total);
  let squares = 0;
  for (let i = 0; i < count; i++) {
    evaluate(points, i, lMax, basis);
    squares += weights[i] *
      (basis.reduce((sum, value, k) => sum + value * coefficients[k], 0) - radii[i]) ** 2;
  }
  const meanRadius = coefficients[0] / Math.sqrt(4 * Math.PI);
  return {
    coefficients,
    meanRadius,
    power: powers(coefficients, meanRadius, lMax),
    residual: Math.sqrt(squares / total) / meanRadius,
    regularized,
  };
}

/** The power of the degrees above `above`. */
export function roughness({ power }: Pick<ShapeSpectrum, "power">, above: number): number {
  return power.slice(above + 1).reduce((sum, value) => sum + value, 0);
}

/** Fills the harmonics in a point's direction and answers its radius. */
function evaluate(
  points: readonly number[],
  i: number,
  lMax: number,
  basis: Float64Array,
): number {
  const [x, y, z] = [points[3 * i], points[3 * i + 1], points[3 * i + 2]];
  const radius = Math.hypot(x, y, z);
  const scale = radius > 0 ? 1 / radius : 0;
  sphericalHarmonics(lMax, x * scale, y * scale, z * scale, basis);
  return radius;
}

/** Solves the normal equations, of which the lower triangle is given. */
function solve(
  normal: Float64Array,
  right: Float64Array,
  lMax: number,
  total: number,
): { coefficients: Float64Array; regularized: boolean } {
  const size = right.length;
  const matrix = new Matrix(size, size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      matrix.set(row, column, normal[row * size + column]);
      matrix.set(column, row, normal[row * size + column]);
    }
  }
  const regularized = condition(matrix) > LARGEST_CONDITION;
  if (regularized) {
    // Points spread evenly would put this on the diagonal.
    const even = total / (4 * Math.PI);
    for (let l = 1; l <= lMax; l++) {
      const bending = (l * (l + 1) / (lMax * (lMax + 1))) ** 2;
      for (let m = -l; m <= l; m++) {
        const i = harmonicIndex(l, m);
        matrix.set(i, i, matrix.get(i, i) + DAMPING * even * bending);
      }
    }
  }
  const solution = new CholeskyDecomposition(matrix).solve(Matrix.columnVector(right));
  return { coefficients: Float64Array.from(solution.to1DArray()), regularized };
}

function condition(matrix: Matrix): number {
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const smallest = Math.min(...realEigenvalues);
  return smallest > 0 ? Math.max(...realEigenvalues) / smallest : Infinity;
}

function powers(coefficients: Float64Array, meanRadius: number, lMax: number): number[] {
  return Array.from({ length: lMax + 1 }, (_, l) => {
    const degree = coefficients.subarray(harmonicIndex(l, -l), harmonicIndex(l, l) + 1);
    return degree.reduce((sum, value) => sum + (value / meanRadius) ** 2, 0);
  });
}
