import assert from "assert";
import { findDamage } from "../../src/prediction/damage.ts";
import type { SampleType, StackInfo } from "../../src/stack/stack.ts";
import { Formula } from "../support/formula.ts";
import { FakeReader, stackInfo } from "./stand_ins.ts";

const side = 40;
const noise = new Formula(0).values("noise", 2 * side * side);

/** Waves that wander along z, in samples of a type. */
function wave(z: number, i: number): number {
  return Math.round(100 + 60 * Math.sin(i % side / 6 + z / 8) * Math.cos(i / side / 7));
}

type Damage = (z: number, i: number, good: number) => number;

async function reasons(
  damage: Damage,
  [t, c, z]: readonly [number, number, number] = [1, 1, 14],
  more: Partial<StackInfo> = {},
): Promise<string[]> {
  const reader = new FakeReader(
    stackInfo([t, c, z, side, side], more),
    (_t, channel, slice, i) => {
      const good = wave(slice + 3 * channel, i);
      return channel === c - 1 ? damage(slice, i, good) : good;
    },
  );
  const found = await findDamage(reader);
  return found.map(({ t, c, z, reason }) => `${t} ${c} ${z} ${reason}`);
}

Deno.test("findDamage() finds nothing where slices resemble their neighbours", async () => {
  assert.deepEqual(await reasons((_z, _i, good) => good), []);
});

for (
  const { what, damage, sampleType = "uint8", expected } of [
    {
      what: "blank slices, at the ends too",
      damage: (z, _i, good) => [0, 5, 6].includes(z) ? 7 : good,
      // The second of a pair is the same as the first, but blank tells more.
      expected: [
        "0 0 0 holds 7 everywhere",
        "0 0 5 holds 7 everywhere",
        "0 0 6 holds 7 everywhere",
      ],
    },
    {
      what: "a saturated slice",
      damage: (z, i, good) => z === 4 && i % 10 < 7 ? 255 : good,
      expected: ["0 0 4 is saturated: 70 % of its samples are at the type's end"],
    },
    {
      what: "a slice that was written twice",
      damage: (z, i, good) => z === 9 ? wave(8, i) : good,
      expected: ["0 0 9 is the same as slice 9, bit for bit"],
    },
    {
      what: "a slice that is not finite",
      damage: (z, i, good) => z === 3 && i === 77 ? NaN : good,
      sampleType: "float32",
      expected: ["0 0 3 holds NaN"],
    },
  ] as { what: string; damage: Damage; sampleType?: SampleType; expected: string[] }[]
) {
  Deno.test(`findDamage() finds ${what}`, async () => {
    const more = { sampleType, storedType: sampleType };
    assert.deepEqual(await reasons(damage, [1, 1, 14], more), expected);
  });
}

Deno.test("findDamage() finds a run of slices that resemble nothing around, in their channel", async () => {
  const found = await reasons(
    (z, i, good) => z === 6 || z === 7 ? 128 + 100 * noise[i + (z - 6) * side * side] : good,
    [1, 2, 14],
  );
  assert.equal(found.length, 2);
  for (const [i, z] of [6, 7].entries()) {
    assert.match(
      found[i],
      new RegExp(`^0 1 ${z} resembles no slice around \\(correlation -?0\\.0`),
    );
  }
});

Deno.test("findDamage() leaves a stack in peace that is noise, or saturated, throughout", async () => {
  const random = new Formula(1).values("stack", 14 * side * side);
  assert.deepEqual(await reasons((z, i) => 128 + 100 * random[z * side * side + i]), []);
  assert.deepEqual(await reasons((_z, i, good) => i % 10 < 7 ? 255 : good), []);
});
