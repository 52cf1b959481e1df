import assert from "assert";
import {
  harmonicCount,
  harmonicIndex,
  sphericalHarmonics,
} from "../../src/analysis/spherical_harmonics.ts";

Deno.test("real spherical harmonics are scipy's, without the Condon-Shortley phase", () => {
  const values = new Float64Array(harmonicCount(15));
  sphericalHarmonics(15, 0.48, 0.6, 0.64, values);
  // sqrt(2) * (Re or Im of (-1)^m scipy.special.sph_harm(|m|, l, phi, theta)), scipy 1.10
  const expected = [
    [1, -1, 0.293161507141752],
    [2, 1, 0.33563087787788687],
    [3, -2, 0.532797501107507],
    [5, 5, -0.040440225727990935],
    [8, 0, 0.338353729873079],
    [15, -7, 0.006141532037337833],
  ];
  for (const [l, m, value] of expected) {
    const found = values[harmonicIndex(l, m)];
    assert.ok(Math.abs(found - value) < 1e-13, `Y_${l},${m} is ${found}, not ${value}`);
  }
});

Deno.test("the squares of a degree add up to (2l + 1) / 4 pi in every direction, the poles too", () => {
  const values = new Float64Array(harmonicCount(20));
  for (const [x, y, z] of [[0, 0, 1], [0, 0, -1], [1, 0, 0], [0.6, 0, 0.8], [0, -0.8, 0.6]]) {
    sphericalHarmonics(20, x, y, z, values);
    for (let l = 0; l <= 20; l++) {
      const degree = values.subarray(harmonicIndex(l, -l), harmonicIndex(l, l) + 1);
      const sum = degree.reduce((total, value) => total + value * value, 0);
      assert.ok(Math.abs(sum / ((2 * l + 1) / (4 * Math.PI)) - 1) < 1e-12, `l = ${l}: ${sum}`);
    }
  }
});
