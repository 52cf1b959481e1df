import assert from "assert";
import { type DamagedSlice, findDamage } from "../../src/prediction/damage.ts";
import type { PredictedSlice } from "../../src/prediction/predict.ts";
import {
  namedDamage,
  planRepair,
  repairSlices,
  withoutDamage,
} from "../../src/prediction/repair.ts";
import { normalizerFor } from "../../src/stack/normalizer.ts";
import type { StackInfo } from "../../src/stack/stack.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

const at = (z: number, c = 0, t = 0): DamagedSlice => ({ t, c, z, reason: "is bad" });

/** Linear in z, so that a blend fills it exactly; damaged slices are 250. */
function ramp(damaged: readonly DamagedSlice[]) {
  return new FakeReader(
    stackInfo([2, 2, 9, 16, 16]),
    (t, c, z, i) =>
      damaged.some((d) => d.t === t && d.c === c && d.z === z) ? 250 : 10 * z + 5 * c + t + i % 4,
  );
}

async function repaired(damaged: readonly DamagedSlice[], anyDistance: boolean) {
  const reader = ramp(damaged);
  const network = new LinearInterpolator({ anyDistance });
  const plan = planRepair(reader.info, anyDistance, damaged);
  const normalizer = await normalizerFor(withoutDamage(reader, damaged), {
    normalization: "stack",
  });
  assert.equal(normalizer.at(0, 1).high, 80 + 5 + 1 + 3, "what is damaged does not count");
  const slices: PredictedSlice[] = [];
  for await (const slice of repairSlices(reader, network, plan, { normalizer })) slices.push(slice);
  return { reader, slices };
}

for (
  const { what, anyDistance, damaged } of [
    {
      what: "ZAugNet fills single slices",
      anyDistance: false,
      damaged: [at(1), at(7), at(4, 1, 1)],
    },
    {
      what: "ZAugNet fills three in a row by halving",
      anyDistance: false,
      damaged: [3, 4, 5].map((z) => at(z)),
    },
    {
      what: "ZAugNet+ fills any run, two runs apart",
      anyDistance: true,
      damaged: [1, 2, 4, 5, 6, 7].map((z) => at(z, 1)),
    },
  ]
) {
  Deno.test(`${what}, and all other slices stay as they are`, async () => {
    const { reader, slices } = await repaired(damaged, anyDistance);
    assert.equal(slices.length, 2 * 2 * 9);
    for (const [k, { t, c, z, slice, original }] of slices.entries()) {
      assert.deepEqual([t, z, c], [Math.floor(k / 18), Math.floor(k / 2) % 9, k % 2], "file order");
      const bad = damaged.some((d) => d.t === t && d.c === c && d.z === z);
      assert.equal(original, !bad);
      if (bad) assert.ok(slice.every((v, i) => v === 10 * z + 5 * c + t + i % 4), `slice ${z}`);
      else assert.deepEqual(slice, await reader.readSlice(t, c, z));
    }
  });
}

for (
  const { what, anyDistance, damaged, message } of [
    {
      what: "two in a row with ZAugNet",
      anyDistance: false,
      damaged: [at(3), at(4)],
      message: "repair: slices 4 to 5, 2 in a row, need a ZAugNet+ model; this one is ZAugNet, " +
        "which halves gaps: it fills 1, 3, 7, … slices in a row.",
    },
    {
      what: "the first slice",
      anyDistance: true,
      damaged: [at(0)],
      message: "repair: slice 1 can't be filled: there is no good slice before to predict from.",
    },
    {
      what: "the last slices",
      anyDistance: true,
      damaged: [at(7), at(8)],
      message: "repair: slices 8 to 9 can't be filled: there is no good slice after to predict " +
        "from.",
    },
  ]
) {
  Deno.test(`planRepair() refuses ${what} in one sentence`, () => {
    const { info } = ramp([]);
    assert.throws(() => planRepair(info, anyDistance, damaged), {
      name: "InputError",
      message,
    });
  });
}

Deno.test("planRepair() leaves what it found at the ends, and says so", () => {
  const plan = planRepair(ramp([]).info, false, [at(0), at(4), at(8)], { keepEnds: true });
  assert.deepEqual(plan.repaired, [at(4)]);
  assert.deepEqual(plan.notes, [
    "slice 1 can't be filled: there is no good slice before to predict from; left as found.",
    "slice 9 can't be filled: there is no good slice after to predict from; left as found.",
  ]);
});

Deno.test("namedDamage() means every channel and frame, and slices that there are", () => {
  const { info } = ramp([]);
  assert.equal(namedDamage(info, [2, 5]).length, 8);
  assert.throws(
    () => namedDamage(info, [2, 10]),
    {
      name: "InputError",
      message: "repair: 10: the stack has 9 slices, counted from 1.",
    },
  );
  assert.deepEqual(namedDamage({ ...info, missing: [{ t: 1, c: 0, z: 6 }] }, [2]).at(-1), {
    t: 1,
    c: 0,
    z: 6,
    reason: "is not in the file",
  });
});

/** A picture that is a ramp along z and its opaque transparency, in 16 bits. */
function transparent(more: Partial<StackInfo> = {}) {
  const info = stackInfo([1, 2, 5, 16, 16], { sampleType: "uint16", alpha: 1, ...more });
  return new FakeReader(info, (_t, c, z, i) => c === 1 ? 65535 : 100 * z + i % 4);
}

Deno.test("transparency is neither damage nor repaired", async () => {
  const reader = transparent();
  assert.deepEqual(await findDamage(reader), []);
  const damaged = namedDamage(reader.info, [3]);
  assert.deepEqual(damaged.map(({ c, z }) => [c, z]), [[0, 2]]);
  const plan = planRepair(reader.info, true, damaged);
  const normalizer = await normalizerFor(withoutDamage(reader, damaged));
  const network = new LinearInterpolator({ anyDistance: true });
  for await (
    const { c, z, slice, original } of repairSlices(reader, network, plan, { normalizer })
  ) {
    assert.equal(original, c === 1 || z !== 2);
    assert.deepEqual(slice, await transparent().readSlice(0, c, z), `channel ${c}, slice ${z}`);
  }
});

Deno.test("transparency that a file lacks is that of the slice before", async () => {
  const missing = [{ t: 0, c: 0, z: 2 }, { t: 0, c: 1, z: 2 }];
  const reader = transparent({ missing });
  const all = await findDamage(reader);
  const plan = planRepair(reader.info, true, all);
  const normalizer = await normalizerFor(withoutDamage(reader, all));
  const network = new LinearInterpolator({ anyDistance: true });
  const filled: number[] = [];
  for await (const { c, slice, original } of repairSlices(reader, network, plan, { normalizer })) {
    if (original) continue;
    filled.push(c);
    assert.deepEqual(slice, await transparent().readSlice(0, c, 2));
  }
  assert.deepEqual(filled, [0, 1]);
});
