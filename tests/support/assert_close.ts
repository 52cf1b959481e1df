import assert from "assert";

/** Fails where a value is off by more than `tolerance` times the largest expected magnitude. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: number of values`);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  let worst = 0;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    assert.ok(!Number.isNaN(error), `${what}: element ${i} is ${actual[i]}, not ${expected[i]}`);
    if (error > worst) {
      worst = error;
      at = i;
    }
  }
  assert.ok(
    worst <= tolerance * (scale || 1),
    `${what}: element ${at} is ${actual[at]}, expected ${expected[at]}; off by ` +
      `${(worst / (scale || 1)).toExponential(2)} of the largest, allowed ${tolerance}`,
  );
}
