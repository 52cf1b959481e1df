import assert from "assert";
import { connectedComponents, type Connectivity } from "../../src/analysis/components.ts";
import type { LabelStack } from "../../src/analysis/label_stack.ts";
import { stackOf } from "./stacks.ts";

async function allLabels(stack: LabelStack): Promise<number[]> {
  const labels: number[] = [];
  for (let z = 0; z < stack.sizes.z; z++) labels.push(...await stack.readSlice(z));
  return labels;
}

/** Number of components, sizes of the largest three, and a sum that the order enters. */
async function facts(threshold: number, connectivity: Connectivity) {
  const stack = stackOf([6, 9, 11], (z, y, x) => (x * 7 + y * 13 + z * 29 + x * y * z) % 11);
  const labels = await allLabels(await connectedComponents(stack, { threshold, connectivity }));
  const sizes = new Map<number, number>();
  for (const label of labels) if (label) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return {
    count: Math.max(...labels),
    largest: [...sizes.values()].sort((a, b) => b - a).slice(0, 3),
    sum: labels.reduce((sum, label, i) => sum + label * (i + 1), 0),
  };
}

// Computed once by scipy.ndimage.label 1.10 of the same formula, with
// generate_binary_structure(3, 1) and (3, 3).
Deno.test("components are those of scipy.ndimage.label, in its order, with 6 neighbours", async () => {
  assert.deepEqual(await facts(7, 6), { count: 35, largest: [189, 5, 3], sum: 607933 });
});

Deno.test("components are those of scipy.ndimage.label, in its order, with 26 neighbours", async () => {
  assert.deepEqual(await facts(9, 26), { count: 10, largest: [95, 3, 2], sum: 64008 });
});

Deno.test("arms that meet in a later slice only are one component from the first on", async () => {
  const rows = [["1.1.1", "....."], ["1.1.1", "11111"]];
  const stack = stackOf([2, 2, 5], (z, y, x) => rows[z][y][x] === "1" ? 1 : 0);
  const labels = await connectedComponents(stack, { threshold: 1, connectivity: 6 });
  assert.deepEqual([...await labels.readSlice(0)], [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
});

Deno.test("no value reaches the threshold, and there is no component", async () => {
  const stack = stackOf([2, 3, 3], () => NaN, { sampleType: "float32" });
  const labels = await connectedComponents(stack, { threshold: 0, connectivity: 26 });
  assert.deepEqual(new Set(await allLabels(labels)), new Set([0]));
});

Deno.test("components of a stack of two channels are refused", () => {
  const stack = stackOf([2, 3, 3], () => 1, { c: 2, name: "two.tif" });
  return assert.rejects(connectedComponents(stack, { threshold: 1, connectivity: 6 }), {
    name: "InputError",
    message: "two.tif has 2 channels and 1 frames; an analysis takes one of each: save the one " +
      "to measure as a separate stack.",
  });
});
