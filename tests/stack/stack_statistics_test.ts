import assert from "assert";
import { measureStack } from "../../src/stack/stack_statistics.ts";
import type { SampleType } from "../../src/stack/stack.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";

const slicesOf = (sampleType: SampleType, sample: (n: number) => number) =>
  new FakeReader(
    stackInfo([2, 2, 3, 5, 7], { sampleType }),
    (t, c, z, i) => sample(((t * 2 + c) * 3 + z) * 35 + i),
  );
const COUNT = 2 * 2 * 3 * 35;

/** numpy.percentile's default, by sorting. */
function percentileOf(values: ArrayLike<number>, percentile: number): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  const rank = percentile / 100 * (sorted.length - 1);
  const low = sorted[Math.floor(rank)];
  return low + (rank % 1) * (sorted[Math.ceil(rank)] - low);
}

for (
  const [sampleType, sample] of [
    ["uint8", (n: number) => n * 37 % 251],
    ["uint16", (n: number) => n * 7919 % 65521],
    ["float32", (n: number) => Math.fround(Math.sin(n) * 10 ** (n % 9 - 4))],
  ] as const
) {
  Deno.test(`measureStack() finds exact percentiles of ${sampleType}`, async () => {
    const percentiles = [0, 0.1, 25, 50, 99.9, 100];
    const statistics = await measureStack(slicesOf(sampleType, sample), { percentiles });
    const values = Array.from({ length: COUNT }, (_, n) => sample(n));
    assert.deepEqual(statistics.percentiles, percentiles.map((p) => percentileOf(values, p)));
    assert.equal(statistics.min, Math.min(...values));
    assert.equal(statistics.max, Math.max(...values));
  });
}

Deno.test("measureStack() keeps its digits far from zero", async () => {
  const reader = slicesOf("float32", (n) => 1e6 + n % 2);
  const { mean, standardDeviation } = await measureStack(reader);
  assert.equal(mean, 1e6 + 0.5);
  assert.ok(Math.abs(standardDeviation - 0.5) < 1e-9);
});

Deno.test("measureStack() reads integers once and floats twice for percentiles", async () => {
  for (const [sampleType, reads] of [["uint16", 12], ["float32", 24]] as const) {
    const reader = slicesOf(sampleType, (n) => n);
    const progress: string[] = [];
    await measureStack(reader, {
      percentiles: [50],
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assert.equal(reader.reads.length, reads);
    assert.equal(progress.at(-1), `${reads}/${reads}`);
  }
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`measureStack() says where ${bad} is`, async () => {
    const info = stackInfo([2, 3, 4, 5, 7], { sampleType: "float32" });
    const reader = new FakeReader(
      info,
      (t, c, z, i) => t === 1 && c === 2 && z === 3 && i === 15 ? bad : 1,
    );
    await assert.rejects(
      measureStack(reader),
      {
        name: "InputError",
        message: `stack.tif holds ${bad} at x 1, y 2 of slice 4 of channel 3 of frame 2; ` +
          "replace such samples by numbers first.",
      },
    );
  });
}

Deno.test("measureStack() stops when its signal aborts", async () => {
  const reader = slicesOf("uint8", () => 1);
  const controller = new AbortController();
  const onProgress = (done: number) => done === 3 && controller.abort();
  await assert.rejects(measureStack(reader, { signal: controller.signal, onProgress }), {
    name: "AbortError",
  });
  assert.equal(reader.reads.length, 3);
});
