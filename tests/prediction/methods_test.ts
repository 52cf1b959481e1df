import assert from "assert";
import { type Method, METHODS, planMethod, predictByMethod } from "../../src/prediction/methods.ts";
import type { PositionOptions } from "../../src/prediction/positions.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import type { StackReader } from "../../src/stack/stack.ts";
import { seeded } from "../calibration/noise.ts";
import { FakeReader, stackInfo } from "./stand_ins.ts";

const normalizer = new Normalizer("range", { low: 0, high: 1000 });

async function predict(reader: StackReader, method: Method, options: PositionOptions) {
  const plan = planMethod(reader.info, method, options);
  const slices = predictByMethod(reader, method, plan, { normalizer });
  return { plan, slices: await Array.fromAsync(slices) };
}

function floats(depth: number, sample: (z: number, i: number) => number): FakeReader {
  return new FakeReader(
    stackInfo([1, 1, depth, 40, 72], { sampleType: "float32" }),
    (_t, _c, z, i) => sample(z, i),
  );
}

Deno.test("linear is exact on a ramp at any factor", async () => {
  const { plan, slices } = await predict(floats(4, (z, i) => 5 + 7 * z + i / 100), "linear", {
    factor: 3,
  });
  slices.forEach(({ slice }, k) => {
    const z = plan.slices[k].position / 2;
    assert.ok(Math.abs(slice[200] - (5 + 7 * z + 2)) < 1e-3);
  });
});

Deno.test("cubic is exact on quadratics at any distance, but for the gaps at the ends", async () => {
  const { slices } = await predict(floats(6, (z) => 20 + 3 * z * z), "cubic", { dpm: [0.2, 0.7] });
  const inner = slices.filter(({ z }) => z >= 3 && z <= 12);
  assert.equal(inner.length, 10);
  for (const { slice, z } of inner) {
    const at = Math.floor(z / 3) + [0, 0.2, 0.7][z % 3];
    assert.ok(Math.abs(slice[0] - (20 + 3 * at * at)) < 1e-3, `slice ${z}`);
  }
});

for (const method of METHODS) {
  for (const depth of [2, 3, 5, 9, 33]) {
    Deno.test(`${method} keeps originals and stays within the window, ${depth} slices`, async () => {
      const noise = seeded(depth);
      const samples = Array.from(
        { length: depth },
        () => Uint16Array.from({ length: 40 * 72 }, () => 1000 * noise()),
      );
      const reader: StackReader = {
        name: "noise.tif",
        info: stackInfo([1, 1, depth, 40, 72], { sampleType: "uint16" }),
        readSlice: (_t, _c, z) => Promise.resolve(samples[z]),
      };
      const { slices } = await predict(reader, method, { factor: 2 });
      assert.equal(slices.length, 2 * depth - 1);
      for (const { slice, z, original } of slices) {
        assert.equal(original, z % 2 === 0);
        if (original) assert.deepEqual(slice, samples[z / 2]);
        else assert.ok(slice.every((value) => value <= 1000));
      }
    });
  }

  Deno.test(`${method} answers a flat stack with itself, at any distance`, async () => {
    const { slices } = await predict(floats(5, () => 400), method, { factor: 3 });
    for (const { slice } of slices) {
      assert.ok(slice.every((value) => Math.abs(value - 400) < 0.05), `${slice[0]}`);
    }
  });
}

Deno.test("adaptive and bands average noise away where linear leaves half of it", async () => {
  const noise = seeded(11);
  const truth = (i: number) => 500 + 200 * Math.sin((i % 72) / 9);
  const reader = floats(9, (_z, i) => truth(i) + 400 * (noise() - 0.5));
  const frozen = new Map<number, Float32Array<ArrayBuffer>>();
  const readSlice = async (t: number, c: number, z: number) => {
    const slice = frozen.get(z) ?? await reader.readSlice(t, c, z) as Float32Array<ArrayBuffer>;
    frozen.set(z, slice);
    return slice;
  };
  const error = async (method: Method) => {
    const stack = { name: reader.name, info: reader.info, readSlice };
    const { slices } = await predict(stack, method, { factor: 2 });
    let sum = 0;
    for (const { slice, original } of slices) {
      if (!original) slice.forEach((value, i) => sum += (value - truth(i)) ** 2);
    }
    return sum;
  };
  const linear = await error("linear");
  for (const method of ["adaptive", "bands"] as const) {
    const own = await error(method);
    assert.ok(own < linear / 2, `${method}: ${own} beside ${linear}`);
  }
});

Deno.test("channels have weights of their own", async () => {
  const noise = seeded(5);
  const make = (noisy: boolean): FakeReader => {
    const samples = Array.from(
      { length: 6 },
      () => Float32Array.from({ length: 40 * 72 }, () => 300 * noise()),
    );
    return new FakeReader(
      stackInfo([1, 1, 6, 40, 72], { sampleType: "float32" }),
      (_t, _c, z, i) => noisy ? samples[z][i] : 100 * z + i / 40,
    );
  };
  const [smooth, rough] = [make(false), make(true)];
  const both: StackReader = {
    name: "both.tif",
    info: stackInfo([1, 2, 6, 40, 72], { sampleType: "float32" }),
    readSlice: (t, c, z) => (c === 0 ? smooth : rough).readSlice(t, 0, z),
  };
  for (const method of ["adaptive", "bands"] as const) {
    const { slices } = await predict(both, method, { factor: 2 });
    for (const [c, alone] of [smooth, rough].entries()) {
      const { slices: expected } = await predict(alone, method, { factor: 2 });
      const own = slices.filter((slice) => slice.c === c).map(({ slice }) => slice);
      assert.deepEqual(own, expected.map(({ slice }) => slice));
    }
  }
});

Deno.test("methods that are fitted refuse uneven positions, and the others take them", () => {
  const { info } = floats(4, (z) => z);
  const uneven = { positions: [0, 1, 2, 4] };
  assert.throws(() => planMethod(info, "adaptive", uneven), /needs evenly spaced slices/);
  assert.throws(() => planMethod(info, "bands", uneven), /needs evenly spaced slices/);
  assert.equal(planMethod(info, "cubic", uneven).slices.length, 7);
  assert.equal(planMethod(info, "bands", { positions: [0, 2, 4, 6] }).slices.length, 7);
});
