import assert from "assert";
import { BatchWorkers } from "../../src/training/batch_workers.ts";
import { makeBatch, type PatchRecipe } from "../../src/training/recipe.ts";

const RECIPE: PatchRecipe = {
  slices: [1, 2, 3].map((value) => new Uint8Array(16).fill(value)),
  sides: { height: 4, width: 4 },
  window: { low: 0, high: 4 },
  cut: { x: 0, y: 0, column: [1, 0], row: [0, 1] },
  intensities: { contrast: 1, brightness: 1 },
  swap: false,
  dpm: 0.25,
};

Deno.test("BatchWorkers answers each order with its own batch", async () => {
  const workers = new BatchWorkers();
  try {
    const orders = Array.from({ length: 9 }, (_, i) => [{ ...RECIPE, dpm: i / 8 }]);
    const made = await Promise.all(orders.map((patches) => workers.make(2, patches)));
    assert.deepEqual(made, orders.map((patches) => makeBatch(2, patches)));
  } finally {
    workers.close();
  }
});

Deno.test("BatchWorkers tells the fault of a batch to who waits for it, and makes the others", async () => {
  const workers = new BatchWorkers();
  try {
    const broken = Array.from(
      { length: workers.count },
      () => workers.make(2, [{ ...RECIPE, slices: [] }]),
    );
    const whole = workers.make(2, [RECIPE]);
    for (const batch of broken) await assert.rejects(batch, { name: "TypeError" });
    assert.deepEqual(await whole, makeBatch(2, [RECIPE]));
  } finally {
    workers.close();
  }
});
