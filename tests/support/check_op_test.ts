import assert from "assert";
import { defineOp, type GradientRule } from "../../src/autograd/op.ts";
import { linearGrid } from "../../src/autograd/ops/dispatch.ts";
import { affine, multiply } from "../../src/autograd/ops/mod.ts";
import { packedQuads } from "../../src/autograd/shape.ts";
import { Kernel } from "../../src/gpu/kernel.ts";
import { checkDerivatives, checkValues, type OpCases } from "./check_op.ts";
import { testDevice } from "./device.ts";
import { each } from "./reference.ts";

const device = await testDevice();

interface Fault {
  /** What the shader makes of four channels v of x. */
  readonly formula?: string;
  readonly rule?: GradientRule<undefined>;
  readonly gradients?: OpCases["gradients"];
  readonly channels?: number;
}

/** An operation without a mask of spare channels, square() where nothing else is said. */
function operation(formula: string, rule: GradientRule<undefined>) {
  const kernel = new Kernel(
    "square",
    `struct Params { size: u32 }
    @group(0) @binding(0) var<storage, read> x: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
    @group(0) @binding(2) var<uniform> params: Params;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= params.size) { return; }
      let v = x[id.x];
      y[id.x] = ${formula};
    }`,
  );
  return defineOp<undefined>("square", {
    shape: ([x]) => x,
    forward(device, [x], y) {
      const size = packedQuads(x.shape);
      device.run(kernel, { x: x.storage, y: y.storage }, { size }, linearGrid(size));
    },
    gradients: [rule],
  });
}

const twice: GradientRule<undefined> = (g, { inputs: [x] }) => multiply(g, affine(x, 2, 0));

/** The checks of square() with something wrong in it. */
async function check({ formula = "v * v", rule = twice, gradients, channels = 5 }: Fault) {
  const square = operation(formula, rule);
  const cases: OpCases = {
    gradients: gradients ?? "second order",
    cases: [{
      inputs: [[2, channels, 3, 4]],
      run: (x) => square([x], undefined),
      expected: each((v) => v * v),
    }],
  };
  await checkValues(device, "square", cases);
  await checkDerivatives(device, cases);
}

Deno.test("an operation that is right passes", () => check({}));

/** Writes 7 into spare channels and leaves the others. */
const sevens = operation("select(v, vec4f(7.0), v == vec4f())", "constant");

const FAULTS: Readonly<Record<string, [Fault, RegExp]>> = {
  "a value that is off by a constant": [
    { formula: "select(1.0 + v * v, vec4f(), v == vec4f())" },
    /square .*: element/,
  ],
  "a value that is off by a hundred-thousandth part": [
    { formula: "1.00001 * v * v" },
    /square .*: element/,
  ],
  "what stands in spare channels": [
    { formula: "select(v * v, vec4f(7.0), v == vec4f())" },
    /spare channel 5 of \[2,5,3,4\] holds 7, which must be 0/,
  ],
  "cases without spare channels": [{ channels: 4 }, /not a multiple of four/],
  "a gradient that is off": [
    { rule: (g, { inputs: [x] }) => multiply(g, affine(x, 2.01, 0)) },
    /order 1 .* by finite differences/,
  ],
  "a gradient that is missing": [{ rule: "constant" }, /order 1 .* by finite differences/],
  "what stands in the spare channels of a gradient": [
    { rule: (g, { inputs: [x] }) => sevens([multiply(g, affine(x, 2, 0))], undefined) },
    /a gradient: spare channel 5 of \[2,5,3,4\] holds 7/,
  ],
  "a gradient whose own gradient is missing": [
    { rule: (g, { inputs: [x] }) => multiply(g, affine(x.detach(), 2, 0)) },
    /order 2 .* by finite differences/,
  ],
  "what is called constant and is not": [
    { rule: "constant", gradients: "constant" },
    /order 1 .* by finite differences/,
  ],
  "a gradient that is said to be refused and is not": [
    { gradients: "refused" },
    /Missing expected exception/,
  ],
  "a gradient of the second order where the first is said to be the last": [
    { gradients: "first order" },
    /Missing expected exception/,
  ],
};

for (const [what, [fault, message]] of Object.entries(FAULTS)) {
  Deno.test(`the checks of an operation find ${what}`, () => assert.rejects(check(fault), message));
}
