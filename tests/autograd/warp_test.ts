import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { warp } from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { elements, type Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { build, gathered, pixel, scattered } from "../support/reference.ts";
import { warpTaps } from "../support/taps.ts";
import { randomValues, type Values } from "../support/values.ts";

const device = await testDevice();

/** What the positions lose in float32: 2^-19 of a pixel here. */
const TOLERANCE = 5e-6;

/** The gradient for x of warp(x, flow), given that of the result: in float64 on the host. */
function scatter(g: Values, flow: Values, from: number): ArrayLike<number> {
  return scattered(g, g.shape, warpTaps(flow, from)).data;
}

/** The same on the device. */
async function transposed(g: Values, flow: Values, from: 0 | 2): Promise<Float32Array> {
  const found = scope(() => {
    const x = Tensor.from(device, g.shape, new Float32Array(elements(g.shape)));
    x.requiresGrad = true;
    const y = warp(x, Tensor.from(device, flow.shape, flow.data), from);
    return gradient(y, [x], { gradOutput: Tensor.from(device, g.shape, g.data) })[0]!;
  });
  const values = await found.read();
  found.dispose();
  return values;
}

function scaled({ shape, data }: Values, factor: number): Values {
  return { shape, data: data.map((value) => factor * value) };
}

const G: Shape = [2, 5, 37, 41];
const FLOW: Shape = [2, 4, 37, 41];

for (const from of [0, 2] as const) {
  Deno.test(`warp() takes the flow from channel ${from} on`, async () => {
    const [x, flow] = [randomValues("x", G), scaled(randomValues("flow", FLOW), 9)];
    const y = scope(() =>
      warp(Tensor.from(device, G, x.data), Tensor.from(device, FLOW, flow.data), from)
    );
    const expected = gathered(x, G, warpTaps(flow, from)).data;
    assertClose(await y.read(), expected, TOLERANCE, "warped");
    y.dispose();
  });

  Deno.test(`warp()'s gradient for the image is the float64 sum, flow from ${from} on`, async () => {
    const [g, flow] = [randomValues("g", G), scaled(randomValues("flow", FLOW), 9)];
    assertClose(await transposed(g, flow, from), scatter(g, flow, from), TOLERANCE, "gradient");
  });
}

for (const factor of [1e-12, 1e12]) {
  Deno.test(`warp()'s gradient is as exact for values about ${factor}`, async () => {
    const [g, flow] = [scaled(randomValues("g", G), factor), randomValues("flow", FLOW)];
    assertClose(await transposed(g, flow, 0), scatter(g, flow, 0), TOLERANCE, "gradient");
  });
}

Deno.test("warp() takes the edge for shifts beyond all bounds", async () => {
  const x = randomValues("x", [1, 1, 3, 300]);
  for (const [far, column] of [[1e12, 299], [-1e12, 0]]) {
    const flow = new Float32Array(2 * 3 * 300).fill(far, 0, 3 * 300);
    const y = scope(() =>
      warp(Tensor.from(device, x.shape, x.data), Tensor.from(device, [1, 2, 3, 300], flow))
    );
    const expected = build(x.shape, ([b, c, row]) => pixel(x, [b, c, row, column]));
    assertClose(await y.read(), expected.data, 0, `shift ${far}`);
    y.dispose();
  }
});

Deno.test("warp()'s gradient keeps small values beside large ones", async () => {
  const { shape, data } = randomValues("g", G);
  const g = { shape, data: data.map((value, i) => i % 41 < 20 ? 1000 * value : value) };
  const still = { shape: FLOW, data: new Float32Array(elements(FLOW)) };
  const found = await transposed(g, still, 0);
  const small = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => i % 41 >= 20);
  assertClose(small(found), small(g.data), 1e-4, "small values");
});

Deno.test("warp()'s gradient adds up where all pixels land on one", async () => {
  // So many that the fixed point must take fewer bits for each.
  const shape: Shape = [1, 1, 512, 640];
  const flow = { shape: [1, 2, 512, 640] as Shape, data: new Float32Array(2 * 512 * 640) };
  flow.data.fill(-1000);
  for (const sign of [1, -1]) {
    // All of one sign and near the peak: the largest sums that there can be.
    const data = randomValues("g", shape).data.map((v) => sign * (1 - 0.01 * v));
    const expected = new Float64Array(data.length);
    expected[0] = data.reduce((sum, value) => sum + value, 0);
    assertClose(await transposed({ shape, data }, flow, 0), expected, 1e-6, `sign ${sign}`);
  }
});

Deno.test("warp()'s gradient has equal bits in two runs", async () => {
  const [g, flow] = [randomValues("g", G), scaled(randomValues("flow", FLOW), 30)];
  assert.deepEqual(await transposed(g, flow, 0), await transposed(g, flow, 0));
});

Deno.test("warp()'s gradient of nothing but zeros is 0", async () => {
  const g = { shape: G, data: new Float32Array(elements(G)) };
  assert.equal((await transposed(g, randomValues("flow", FLOW), 0)).every((v) => v === 0), true);
});

Deno.test("warp() refuses a flow that does not fit the image", () => {
  const x = Tensor.from(device, [1, 1, 2, 2], new Float32Array(4));
  const flow = Tensor.from(device, [1, 2, 2, 2], new Float32Array(8));
  assert.throws(
    () => warp(x, flow, 2),
    /warp: the flow \[1,2,2,2\] does not fit the image \[1,1,2,2\]/,
  );
  x.dispose();
  flow.dispose();
});
