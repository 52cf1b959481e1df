/** The index of the first NaN or infinity, if there is one; faster than `every(Number.isFinite)`. */
export function firstNotFinite(values: Float32Array | Float64Array): number | undefined {
  for (let i = 0; i < values.length; i++) {
    // A difference from itself that is not 0 is NaN.
    if (values[i] - values[i] !== 0) return i;
  }
  return undefined;
}
