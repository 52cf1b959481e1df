import assert from "assert";
import { planPrediction, predictSlices } from "../../src/core.ts";
import { shardOfTask } from "../../src/cli/shard_flag.ts";
import { remaining, rowsIn, rowsPerGap, segmentJob, segmentsOf } from "../../src/files/shard.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "../prediction/stand_ins.ts";

const reader = new FakeReader(
  stackInfo([3, 2, 5, 16, 16], { sampleType: "float32" }),
  (t, c, z, i) => Math.sin(t + 3 * c + 7 * z + i),
);
const normalizer = new Normalizer("range", { low: -1, high: 1 });
const PLANS = {
  "a factor of 3": { factor: 3 },
  "three doublings": { factor: 8 },
  "another spacing": { spacing: 0.75, positions: [0, 1, 3, 3.5, 6] },
};

for (const [name, options] of Object.entries(PLANS)) {
  Deno.test(`the segments of all shards make the whole, with ${name}`, async () => {
    const interpolator = new LinearInterpolator({ anyDistance: name !== "three doublings" });
    const plan = planPrediction(reader.info, interpolator, options);
    const whole = await Array.fromAsync(predictSlices(reader, interpolator, plan, { normalizer }));
    for (const shards of [1, 2, 5, 12]) {
      const slices = [];
      for (let index = 0; index < shards; index++) {
        const segments = segmentsOf(reader, { index, of: shards });
        const before = slices.length;
        for (const segment of segments) {
          const own = segmentJob(reader, plan, segment);
          slices.push(
            ...await Array.fromAsync(
              predictSlices(own.reader, interpolator, own.plan, { normalizer }),
            ),
          );
        }
        assert.equal((slices.length - before) / 2, rowsIn(segments, rowsPerGap(plan, 4)));
      }
      assert.deepEqual(slices.map(({ slice }) => slice), whole.map(({ slice }) => slice));
    }
  });
}

Deno.test("what remains starts at the first gap that is not whole", () => {
  const segments = segmentsOf(reader, { index: 0, of: 2 });
  assert.deepEqual(segments, [
    { t: 0, firstGap: 0, endGap: 4 },
    { t: 1, firstGap: 0, endGap: 2 },
  ]);
  const perGap = [3, 3, 3, 4];
  const left = (rows: number) => remaining(segments, perGap, rows);
  assert.deepEqual(left(0), { rows: 0, segments });
  assert.deepEqual(left(8), { rows: 6, segments: [{ ...segments[0], firstGap: 2 }, segments[1]] });
  assert.deepEqual(left(17), { rows: 16, segments: [{ ...segments[1], firstGap: 1 }] });
  assert.deepEqual(left(19), { rows: 19, segments: [] });
});

Deno.test("a task of a Slurm array counts from its array's first number", () => {
  const task = (id: string, count: string, min: string) =>
    shardOfTask((name) =>
      ({ SLURM_ARRAY_TASK_ID: id, SLURM_ARRAY_TASK_COUNT: count, SLURM_ARRAY_TASK_MIN: min })[name]
    );
  assert.deepEqual(task("5", "4", "3"), { index: 2, of: 4 });
  assert.deepEqual(task("0", "1", "0"), { index: 0, of: 1 });
  assert.throws(() => task("8", "4", "0"), /numbers that follow one another/);
  assert.throws(() => task("", "", ""), /SLURM_ARRAY_TASK_ID=/);
});
