/** A small dense matrix, by rows. */
export type Matrix = readonly (readonly number[])[];

/** x of a x = b, by Gaussian elimination with partial pivoting. Throws for a singular matrix. */
export function solve(a: Matrix, b: readonly number[]): number[] {
  const n = b.length;
  const rows = a.map((row, i) => Float64Array.of(...row, b[i]));
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    const own = rows[column];
    if (!(Math.abs(own[column]) > 0)) throw new RangeError("The matrix is singular");
    for (let row = column + 1; row < n; row++) {
      const share = rows[row][column] / own[column];
      for (let k = column; k <= n; k++) rows[row][k] -= share * own[k];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let row = n - 1; row >= 0; row--) {
    let value = rows[row][n];
    for (let k = row + 1; k < n; k++) value -= rows[row][k] * x[k];
    x[row] = value / rows[row][row];
  }
  return x;
}

/** The scalar product. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Rows and columns of a matrix, in the order given. */
export function select(matrix: Matrix, places: readonly number[]): number[][] {
  return places.map((row) => places.map((column) => matrix[row][column]));
}

/** The mean of matrices of one shape. */
export function meanOf(matrices: readonly Matrix[]): number[][] {
  return matrices[0].map((row, i) =>
    row.map((_, j) => matrices.reduce((sum, matrix) => sum + matrix[i][j], 0) / matrices.length)
  );
}
