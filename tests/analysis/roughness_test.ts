import assert from "assert";
import { measureRoughness } from "../../src/analysis/roughness.ts";
import { fitShape, roughness } from "../../src/analysis/shape_spectrum.ts";
import { harmonicIndex } from "../../src/analysis/spherical_harmonics.ts";
import { surfacePoints } from "../../src/analysis/surface_points.ts";
import {
  bumpy,
  directions,
  ellipsoid,
  pointsOf,
  type Surface,
  turned,
  voxelized,
} from "./bodies.ts";

const TOWARD = directions(900);

function close(found: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${what} is ${found}, not ${expected}`);
}

/** The one body of a voxel stack, fitted as the command does. */
async function fitVoxels(surface: Surface, reach: number, lMax: number, dz = 1) {
  const [{ points, weights }] = await surfacePoints(voxelized(surface, reach, dz));
  return fitShape(points, lMax, weights);
}

Deno.test("a sphere has its radius and no power above degree 0", () => {
  const shape = fitShape(pointsOf(() => 7, TOWARD), 10);
  close(shape.meanRadius, 7, 1e-12, "the radius");
  assert.ok(roughness(shape, 0) < 1e-24 && shape.residual < 1e-12);
  assert.equal(shape.regularized, false);
});

for (const [l, m] of [[1, 0], [2, -2], [4, 3], [7, -1], [10, 10]]) {
  Deno.test(`a sphere with harmonic ${l}, ${m} upon it gives that coefficient and no other`, () => {
    const { coefficients, power } = fitShape(pointsOf(bumpy(7, l, m, 0.9), TOWARD), 10);
    coefficients.forEach((value, i) => {
      const expected = i === 0 ? 7 * Math.sqrt(4 * Math.PI) : i === harmonicIndex(l, m) ? 0.9 : 0;
      close(value, expected, 1e-10, `coefficient ${i}`);
    });
    close(power[l], (0.9 / 7) ** 2, 1e-12, "its power");
  });
}

Deno.test("an ellipsoid has the power of its integrals over all directions", () => {
  // sum_m |∫ r Y_lm|^2 / R^2 of half axes 5, 4, 3, by numpy's Gauss-Legendre quadrature
  const expected = [12.566370614359174, 0, 0.2159522489481762, 0, 0.006038365025864929, 0];
  const { power, meanRadius } = fitShape(pointsOf(ellipsoid(5, 4, 3), TOWARD), 12);
  close(meanRadius, 3.847248787573254, 1e-4, "the mean radius");
  expected.forEach((value, l) => close(power[l], value, 1e-4 * value + 1e-7, `P_${l}`));
});

Deno.test("rotation changes neither the spectrum nor the roughness", () => {
  const surface: Surface = (x, y, z) =>
    bumpy(7, 3, 1, 0.8)(x, y, z) + bumpy(0, 8, -5, 0.3)(x, y, z) + bumpy(0, 1, 1, 0.2)(x, y, z);
  const before = fitShape(pointsOf(surface, TOWARD), 10);
  const after = fitShape(pointsOf(turned(surface), TOWARD), 10);
  assert.ok(Math.abs(before.coefficients[harmonicIndex(3, 1)]) > 0.79);
  assert.ok(Math.abs(after.coefficients[harmonicIndex(3, 1)]) < 0.7, "it was turned");
  before.power.forEach((value, l) => close(after.power[l], value, 1e-12, `P_${l}`));
  close(roughness(after, 5), (0.3 / 7) ** 2, 1e-12, "the roughness");
});

Deno.test("a harmonic on a sphere of voxels comes back to 1 %", async () => {
  const { coefficients, meanRadius } = await fitVoxels(bumpy(20, 4, 3, 6), 26, 10);
  close(meanRadius, 20, 0.02, "the mean radius");
  close(coefficients[harmonicIndex(4, 3)], 6, 0.06, "the coefficient");
});

Deno.test("voxels twice as deep as wide give the same spectrum, to 2 %", async () => {
  const { coefficients, meanRadius } = await fitVoxels(bumpy(20, 4, 3, 6), 26, 10, 2);
  close(meanRadius, 20, 0.05, "the mean radius");
  close(coefficients[harmonicIndex(4, 3)], 6, 0.12, "the coefficient");
});

Deno.test("turning a body of voxels changes its roughness by 4 % at most, which is the voxels' doing", async () => {
  const surface = bumpy(20, 7, 3, 6);
  const before = roughness(await fitVoxels(surface, 26, 10), 5);
  const after = roughness(await fitVoxels(turned(surface), 26, 10), 5);
  close(before, (6 / 20) ** 2, 0.02 * 0.09, "the roughness");
  close(after / before, 1, 0.04, "the ratio");
});

Deno.test("a smooth sphere of voxels is rough by its steps only", async () => {
  const shape = await fitVoxels(() => 13, 13, 15);
  assert.ok(roughness(shape, 5) < 6e-4, `${roughness(shape, 5)}`);
});

Deno.test("where directions are bare the fit is damped, says so, and stays near the surface", () => {
  const seen = TOWARD.filter(([, , z]) => z < 0.6);
  const shape = fitShape(pointsOf(bumpy(7, 4, 3, 0.5), seen), 10);
  assert.equal(shape.regularized, true);
  close(shape.meanRadius, 7, 0.2, "the mean radius");
  assert.ok(shape.residual < 0.01, `${shape.residual}`);
});

Deno.test("nuclei that are cut or have too few points are named with the reason", async () => {
  const points = pointsOf(() => 7, directions(300));
  const body = { voxels: 50, centre: [0, 0, 0], points, cut: false } as const;
  const weights = new Array(300).fill(1);
  const surfaces = [
    { ...body, label: 1, weights },
    { ...body, label: 2, weights, cut: true },
    { ...body, label: 4, weights: [1], points: points.slice(0, 3) },
    { ...body, label: 5, weights, voxels: 3 },
  ];
  const result = await measureRoughness(surfaces, { lMax: 8, above: 5, minVoxels: 10 });
  assert.deepEqual(result.nuclei.map(({ label }) => label), [1]);
  assert.deepEqual(result.leftOut, [
    { label: 2, reason: "cut by the border of the stack" },
    { label: 4, reason: "1 surface points; degrees to 8 need 162" },
  ]);
  assert.equal(result.tooSmall, 1);
});
