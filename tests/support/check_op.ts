import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { NotDifferentiableError } from "../../src/autograd/op.ts";
import { full, sum } from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import type { Device } from "../../src/gpu/device.ts";
import { assertClose } from "./assert_close.ts";
import { checkGradients, evaluate } from "./check_gradients.ts";
import type { Expected } from "./reference.ts";
import { randomValues, type Values } from "./values.ts";

/** An operation called with some options. */
export interface Case {
  /** The inputs' shapes, or values where random ones would meet a kink or a pole. */
  readonly inputs: readonly (Shape | Values)[];
  readonly run: (...xs: Tensor[]) => Tensor;
  /** The result, from the inputs' numbers and without the operation: a formula in float64. */
  readonly expected: (...xs: Values[]) => Expected;
  /** How far the result may be off, of its largest magnitude; 1e-6 where not given. */
  readonly tolerance?: number;
}

/** How an operation is checked. */
export interface OpCases {
  /**
   * The gradients it has: to the second order; to the first, an error where more is asked; none,
   * since it is constant but for jumps; or `"refused"`: asking throws.
   */
  readonly gradients: "second order" | "first order" | "constant" | "refused";
  /** Value and gradients are checked. */
  readonly cases: readonly Case[];
  /** Only the value is: kinks, extremes, and more shapes than finite differences have time for. */
  readonly values?: readonly Case[];
}

/** A case's inputs, random where only shapes are given. */
export function inputsOf({ inputs }: Case): Values[] {
  return inputs.map((input, i) => "data" in input ? input : randomValues(`input ${i}`, input));
}

/** Fails where a case's result is not what is expected, or a spare channel of it is not 0. */
export async function checkValue(device: Device, name: string, one: Case): Promise<void> {
  const xs = inputsOf(one);
  const what = `${name} ${xs.map(({ shape }) => `[${shape}]`).join(" ")}`;
  const expected = one.expected(...xs);
  const [y] = await evaluate(device, (xs) => [one.run(...xs)], xs, what);
  assert.deepEqual(y!.shape, expected.shape, `${what}: shape`);
  assertClose(y!.data, expected.data, one.tolerance ?? 1e-6, what);
  assert.ok(Array.from(expected.data).some((value) => value !== 0), `${what}: all of it is 0`);
}

/** {@link checkValue} for all cases, of which one must have spare channels. */
export async function checkValues(
  device: Device,
  name: string,
  { cases, values = [] }: OpCases,
): Promise<void> {
  const all = [...cases, ...values];
  const spare = all.some((one) => one.expected(...inputsOf(one)).shape[1] % 4 !== 0);
  assert.ok(spare, `${name}: no case has a result whose channels are not a multiple of four`);
  await Promise.all(all.map((one) => checkValue(device, name, one)));
}

/**
 * Fails where an operation's gradients are not those of finite differences, as often as it says
 * that it can be differentiated, where a spare channel of one is not 0, or where there are more.
 */
export async function checkDerivatives(
  device: Device,
  { gradients, cases }: OpCases,
): Promise<void> {
  for (const one of cases) {
    const values = inputsOf(one);
    if (gradients !== "refused") {
      const order = gradients === "second order" ? 2 : 1;
      await checkGradients(device, (xs) => [one.run(...xs)], values, { order });
    }
    if (gradients !== "second order") checkRefusal(device, gradients, one.run, values);
  }
}

function checkRefusal(
  device: Device,
  gradients: OpCases["gradients"],
  run: Case["run"],
  values: readonly Values[],
): void {
  scope(() => {
    const xs = values.map(({ shape, data }) => Tensor.from(device, shape, data));
    for (const x of xs) x.requiresGrad = true;
    const y = run(...xs);
    if (gradients === "constant") {
      assert.equal(y.requiresGrad, false, "no gradient flows through what is constant");
    } else if (gradients === "refused") {
      for (const x of xs) assert.throws(() => gradient(sum(y), [x]), NotDifferentiableError);
    } else {
      const gradOutput = full(device, y.shape, 1);
      for (const first of gradient(y, xs, { gradOutput, createGraph: true })) {
        assert.throws(() => gradient(sum(first!), xs), NotDifferentiableError);
      }
    }
  });
}
