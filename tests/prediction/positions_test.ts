import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { planPositions, type PositionOptions } from "../../src/prediction/positions.ts";
import type { VoxelSize } from "../../src/stack/stack.ts";
import { stackInfo } from "./stand_ins.ts";

const voxels = (z?: number, x?: number): VoxelSize => ({ x, y: x, z, unit: "micron" });
const stack = (depth: number, voxelSize = voxels(2, 0.5)) =>
  stackInfo([1, 1, depth, 8, 8], { voxelSize });
const plus = (options: PositionOptions, depth = 4, voxelSize = voxels(2, 0.5)) =>
  planPositions(stack(depth, voxelSize), true, options);
const doubling = (options: PositionOptions, depth = 4, voxelSize = voxels(2, 0.5)) =>
  planPositions(stack(depth, voxelSize), false, options);
const originals = (plan: ReturnType<typeof plus>) =>
  plan.slices.flatMap((slice, z) => "original" in slice ? [[z, slice.original]] : []);

function refuses(plan: () => unknown, message: RegExp) {
  assert.throws(plan, (error: Error) => error instanceof InputError && message.test(error.message));
}

Deno.test("planPositions() doubles by default", () => {
  const plan = doubling({});
  assert.equal(plan.slices.length, 7);
  assert.equal(plan.doublings, 1);
  assert.deepEqual(plan.metadata, { factor: "2" });
});

Deno.test("planPositions() reaches a factor of 8 by three doublings with ZAugNet", () => {
  const plan = doubling({ factor: 8 });
  assert.equal(plan.slices.length, 8 * 3 + 1);
  assert.equal(plan.doublings, 3);
  assert.deepEqual(originals(plan), [[0, 0], [8, 1], [16, 2], [24, 3]]);
  assert.equal(plan.voxelSize.z, 0.25);
});

Deno.test("planPositions() reaches any factor in one pass with ZAugNet+", () => {
  const plan = plus({ factor: 5 }, 2);
  assert.equal(plan.doublings, 1);
  assert.deepEqual(
    plan.slices.map((slice) => "gap" in slice ? slice.dpm : slice.original),
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  );
  assert.deepEqual(plan.voxelSize, { x: 0.5, y: 0.5, z: 0.4, unit: "micron" });
});

Deno.test("planPositions() states no z step where the file states none", () => {
  for (const z of [undefined, 0]) {
    assert.equal(plus({ factor: 4 }, 4, voxels(z, 0.5)).voxelSize.z, undefined);
  }
});

Deno.test("planPositions() puts uneven dpm into every gap and states no z step", () => {
  const plan = plus({ dpm: [0.25, 0.8] }, 3);
  assert.deepEqual(plan.slices.map(({ position }) => position), [0, 0.5, 1.6, 2, 2.5, 3.6, 4]);
  assert.equal(plan.voxelSize.z, undefined);
  assert.match(plan.notes.join(), /not evenly spaced/);
  assert.deepEqual(plan.metadata, { dpm: "0.25,0.8", z_positions: "0,0.5,1.6,2,2.5,3.6,4" });
});

Deno.test("planPositions() takes even dpm for a doubling with ZAugNet", () => {
  assert.equal(doubling({ dpm: [0.25, 0.5, 0.75] }).doublings, 2);
});

Deno.test("planPositions() keeps all originals where spacing divides the z step", () => {
  for (const [spacing, factor] of [["isotropic", 4], [0.4, 5], [2 / 3, 3]] as const) {
    const plan = plus({ spacing });
    assert.deepEqual(originals(plan), [0, 1, 2, 3].map((z) => [z * factor, z]));
    assert.equal(plan.voxelSize.z, 2 / factor);
    assert.deepEqual(plan.notes, []);
  }
});

Deno.test("planPositions() rounds a spacing that nearly divides the z step, and says so", () => {
  const plan = plus({ spacing: 0.6666 });
  assert.equal(plan.slices.length, 10);
  assert.match(plan.notes.join(), /becomes 0\.66666\d* instead of 0\.6666/);
});

Deno.test("planPositions() resamples by a spacing that does not divide the z step", () => {
  const plan = plus({ spacing: 1.5 });
  assert.deepEqual(plan.slices.map(({ position }) => position), [0, 1.5, 3, 4.5, 6]);
  assert.deepEqual(originals(plan), [[0, 0], [4, 3]]);
  assert.deepEqual(plan.slices[2], { position: 3, gap: 1, dpm: 0.5 });
  assert.equal(plan.voxelSize.z, 1.5);
  assert.match(plan.notes.join(), /2 of 4 original slices pass through; the other 2/);
});

Deno.test("planPositions() resamples unevenly spaced slices to an even step", () => {
  const plan = plus({ spacing: 0.5, positions: [10, 10.5, 12, 12.25] });
  assert.deepEqual(plan.slices.map(({ position }) => position), [10, 10.5, 11, 11.5, 12]);
  assert.deepEqual(originals(plan), [[0, 0], [1, 1], [4, 2]]);
  assert.ok(plan.slices.every((slice) => "original" in slice || slice.gap === 1));
  assert.equal(plan.voxelSize.z, 0.5);
});

Deno.test("planPositions() keeps even fractions of uneven gaps for a factor", () => {
  const plan = plus({ factor: 2, positions: [0, 1, 4] }, 3);
  assert.deepEqual(plan.slices.map(({ position }) => position), [0, 0.5, 1, 2.5, 4]);
  assert.equal(plan.voxelSize.z, undefined);
});

Deno.test("planPositions() takes the z step from even positions", () => {
  const plan = doubling({ factor: 2, positions: [5, 8, 11, 14] }, 4, voxels());
  assert.equal(plan.voxelSize.z, 1.5);
});

Deno.test("planPositions() lets ZAugNet do a spacing that is a power of two", () => {
  const plan = doubling({ spacing: "isotropic" }, 4, voxels(2.0004, 0.5));
  assert.equal(plan.doublings, 2);
  assert.equal(plan.voxelSize.z, 2.0004 * 3 / 12);
});

Deno.test("planPositions() says what ZAugNet cannot do and what it can", () => {
  refuses(() => doubling({ factor: 3 }), /^factor: 3 needs a ZAugNet\+ .* factor: 4\.$/);
  refuses(() => doubling({ dpm: [0.3] }), /^dpm: \[0\.3\] needs a ZAugNet\+ .* factor: 2\.$/);
  refuses(() => doubling({ dpm: [0.25, 0.5] }), /factor: 4/);
  refuses(() => doubling({ spacing: 0.4 }), /^spacing: 0\.4 needs a ZAugNet\+ .* factor: 8/);
  refuses(() => doubling({ spacing: 1.5 }), /factor: 2, a z step of 1\.$/);
  refuses(() => doubling({ spacing: 1, positions: [0, 1, 2, 5] }), /not evenly spaced/);
});

Deno.test("planPositions() refuses a stack of one slice", () => {
  refuses(() => plus({}, 1), /one slice; there is nothing to interpolate between/);
});

Deno.test("planPositions() refuses options that contradict each other or the stack", () => {
  refuses(() => plus({ factor: 2, dpm: [0.5] }), /only one of factor, dpm/);
  for (const factor of [1, 0, 2.5, NaN]) refuses(() => plus({ factor }), /whole number/);
  for (const dpm of [[], [0], [1], [0.5, 0.5], [0.6, 0.4], [NaN]]) {
    refuses(() => plus({ dpm }), /^dpm needs distinct numbers/);
  }
  for (const spacing of [0, -1, NaN]) refuses(() => plus({ spacing }), /positive number/);
  for (const spacing of [2, 3]) refuses(() => plus({ spacing }), /nothing to interpolate/);
  refuses(() => plus({ spacing: 1e-9 }), /more than 64: .* 2 micron apart, .* 1e-9 micron/);
  refuses(() => plus({ factor: 65 }), /65 parts, more than 64/);
  plus({ factor: 64 });
  refuses(() => plus({ spacing: 1 }, 4, voxels(undefined, 0.5)), /z step, which the file/);
  refuses(() => plus({ spacing: "isotropic" }, 4, voxels(2)), /pixel size, which the file/);
  refuses(() => plus({ positions: [0, 1, 2] }), /4 slices, and 3 positions/);
  refuses(() => plus({ positions: [0, 1, 1, 2] }), /number 3 is 1 after 1/);
  refuses(() => plus({ positions: [0, 1, NaN, 2] }), /number 3 is NaN/);
});
