import assert from "assert";
import { mix32, randomNumbers } from "../src/random.ts";

function draw(...key: (number | string)[]): number[] {
  const random = randomNumbers(...key);
  return Array.from({ length: 5 }, () => random.uniform());
}

Deno.test("mix32() mixes as the golden vectors' formula says", () => {
  const fnv1a32 = (text: string) =>
    new TextEncoder().encode(text).reduce(
      (hash, byte) => Math.imul(hash ^ byte, 0x01000193),
      0x811c9dc5,
    );
  const first = mix32(fnv1a32("zaugnet/block0.conv0.0.0.weight"));
  assert.equal(((first >>> 8) / 2 ** 23 - 1).toFixed(8), "0.91072416");
});

Deno.test("randomNumbers() gives the same numbers for the same key", () => {
  assert.deepEqual(draw(3, "noise", 7), draw(3, "noise", 7));
});

Deno.test("randomNumbers() gives each key its own numbers", () => {
  const keys = [[1, 2], [2, 1], [12], ["12"], [1, "2"], [1.5], [-1], []];
  assert.equal(new Set(keys.map((key) => draw(...key).join())).size, keys.length);
});

Deno.test("randomNumbers() spreads uniform numbers evenly, also over neighbouring keys", () => {
  const values = Array.from({ length: 2000 }, (_, key) => draw(key)).flat();
  const counts = Array(10).fill(0);
  for (const value of values) counts[Math.floor(value * 10)]++;
  assert.ok(counts.every((count) => Math.abs(count - 1000) < 120), `${counts}`);
});

Deno.test("randomNumbers() draws whole numbers below a bound", () => {
  const random = randomNumbers(1);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(6)));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
});

Deno.test("randomNumbers() draws a normal distribution", () => {
  const random = randomNumbers(1);
  const values = Array.from({ length: 20000 }, () => random.normal());
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert.ok(Math.abs(moment(1)) < 0.03, `mean ${moment(1)}`);
  assert.ok(Math.abs(moment(2) - 1) < 0.04, `variance ${moment(2)}`);
  assert.ok(Math.abs(moment(4) - 3) < 0.3, `kurtosis ${moment(4)}`);
});
