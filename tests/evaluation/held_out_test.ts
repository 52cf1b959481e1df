import assert from "assert";
import { holdOut, keptSlices } from "../../src/evaluation/held_out.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";

function stack(depth: number) {
  return new FakeReader(stackInfo([1, 1, depth, 2, 2]), (_t, _c, z) => z);
}

Deno.test("holdOut() keeps every factor-th slice and says which fill no gap", () => {
  const { first, last, kept, notes } = holdOut(stack(12), 4);
  assert.deepEqual([first, last, kept], [0, 8, 3]);
  assert.deepEqual(notes, [
    "stack.tif: slices 10 to 12 (3) fill no whole gap of factor 4 and were left out.",
  ]);
  assert.deepEqual(holdOut(stack(13), 4).notes, []);
});

Deno.test("holdOut() of a block keeps the block's first slice", () => {
  const { first, last, kept } = holdOut(stack(100), 2, { from: 85 });
  assert.deepEqual([first, last, kept], [85, 99, 8]);
});

for (
  const { what, depth, factor, block, message } of [
    {
      what: "too few slices for the factor",
      depth: 8,
      factor: 8,
      block: {},
      message:
        "stack.tif has 8 slices; factor: 8 needs at least 9: one before, 7 dropped, one after.",
    },
    {
      what: "a block that is too short",
      depth: 50,
      factor: 2,
      block: { from: 4, to: 5 },
      message: 'slices: "5..5" of stack.tif has 1 slice; factor: 2 needs at least 3: one before, ' +
        "1 dropped, one after.",
    },
    {
      what: "a block beyond the stack",
      depth: 5,
      factor: 2,
      block: { from: 2, to: 6 },
      message: 'slices: "3..6" must lie within the slices 1..5 of stack.tif, the lower first.',
    },
    {
      what: "a factor of 1",
      depth: 5,
      factor: 1,
      block: {},
      message: "factor must be a whole number of at least 2, not 1.",
    },
  ]
) {
  Deno.test(`holdOut() refuses ${what}`, () => {
    assert.throws(() => holdOut(stack(depth), factor, block), {
      name: "InputError",
      message,
    });
  });
}

Deno.test("keptSlices() is the coarse stack: other slices are never read", async () => {
  const reader = stack(10);
  const coarse = keptSlices(reader, holdOut(reader, 3, { from: 1 }));
  assert.deepEqual(coarse.info.sizes.z, 4 - 1);
  assert.equal(coarse.info.voxelSize.z, 6);
  assert.equal(coarse.info.sampleType, "float32");
  for (let k = 0; k < 3; k++) {
    assert.deepEqual(await coarse.readSlice(0, 0, k), new Float32Array(4).fill(1 + 3 * k));
  }
  assert.deepEqual(reader.reads, ["0,0,1", "0,0,4", "0,0,7"]);
});
