import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from "ml-matrix";
import { InputError } from "../errors.ts";

/** Rows of a matrix. */
type Rows = readonly Float64Array[];

/** Makes a covariance that has no inverse one that has, in shares of its mean variance. */
const RIDGE = 1e-12;

/**
 * The Fréchet distance of two Gaussians fitted to features, a row per image (Heusel et al., 2017):
 * |mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2), covariances divided by n - 1, as pytorch-fid. Throws
 * an InputError for fewer than two images on a side.
 */
export function frechetDistance(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
): number {
  if (Math.min(first.length, second.length) < 2) {
    throw new InputError("A Fréchet distance needs at least two images on either side.");
  }
  const [a, b] = [centred(first), centred(second)];
  const distance = a.mean.reduce((sum, mean, i) => sum + (mean - b.mean[i]) ** 2, 0);
  return distance + squares(a.rows) + squares(b.rows) - 2 * rootTrace(a.rows, b.rows);
}

/** Deviations from the mean, divided by sqrt(n - 1): their products are the covariance. */
function centred(features: readonly ArrayLike<number>[]) {
  const mean = new Float64Array(features[0].length);
  for (const row of features) for (let i = 0; i < mean.length; i++) mean[i] += row[i];
  for (let i = 0; i < mean.length; i++) mean[i] /= features.length;
  const scale = 1 / Math.sqrt(features.length - 1);
  return { mean, rows: features.map((row) => mean.map((value, i) => (row[i] - value) * scale)) };
}

/**
 * tr((AᵀA BᵀB)^1/2): the sum of the singular values of A Bᵀ, without a root of any matrix. They
 * are sought in the smaller space: that of the images, or where these are many, of the features.
 */
function rootTrace(a: Rows, b: Rows): number {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  if (few.length <= few[0].length) {
    const products = timesTransposed(few, many);
    return rootsOfEigenvalues(timesTransposed(products, products));
  }
  const columns = transposed(few);
  const root = upperRoot(timesTransposed(columns, columns));
  const others = transposed(many);
  const product = timesTransposed(root, timesTransposed(others, others));
  return rootsOfEigenvalues(timesTransposed(product, root));
}

function rootsOfEigenvalues(symmetric: Rows): number {
  const matrix = new Matrix(symmetric.map((row) => Array.from(row)));
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

/** The rows of U with UᵀU = S, nearly, where S is singular. */
function upperRoot(covariance: Rows): Rows {
  const matrix = new Matrix(covariance.map((row) => Array.from(row)));
  const ridge = RIDGE * matrix.trace() / matrix.rows;
  const { lowerTriangularMatrix } = new CholeskyDecomposition(
    matrix.add(Matrix.eye(matrix.rows).mul(ridge)),
  );
  return lowerTriangularMatrix.transpose().to2DArray().map((row) => Float64Array.from(row));
}

/** X Yᵀ: rows with rows, which lie in memory as they are read. */
function timesTransposed(x: Rows, y: Rows): Float64Array[] {
  return x.map((row) => Float64Array.from(y, (other) => dot(row, other)));
}

/** Four sums, which do not wait for one another. */
function dot(a: Float64Array, b: Float64Array): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  let i = 0;
  for (; i + 4 <= a.length; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < a.length; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

function transposed(rows: Rows): Float64Array[] {
  return Array.from(rows[0], (_, i) => Float64Array.from(rows, (row) => row[i]));
}

function squares(rows: Rows): number {
  return rows.reduce((sum, row) => sum + dot(row, row), 0);
}
