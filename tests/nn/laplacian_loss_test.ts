import assert from "assert";
import { abs, affine, mean } from "../../src/autograd/ops/mod.ts";
import { scope } from "../../src/autograd/scope.ts";
import { ShapeError } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { laplacianLoss, laplacianPyramid } from "../../src/nn/laplacian_loss.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

const formula = new Formula(0);

async function image(name: string): Promise<Tensor> {
  return Tensor.from(await testDevice(), [1, 1, 16, 16], formula.values(name, 256));
}

Deno.test("a constant difference is in the residual alone", async () => {
  const x = await image("x");
  const [without, within] = scope(() => {
    const target = affine(x, 1, 0.25);
    return [
      laplacianLoss(x, target, { levels: 2 }),
      laplacianLoss(x, target, { levels: 2, residual: true }),
    ];
  });
  assertClose([...await without.read(), ...await within.read()], [0, 0.25], 1e-6, "losses");
  for (const t of [x, without, within]) t.dispose();
});

Deno.test("the residual counts as one level more", async () => {
  const x = await image("x");
  const [without, within, residual] = scope(() => {
    const zero = affine(x, 0, 0);
    return [
      laplacianLoss(x, zero, { levels: 3 }),
      laplacianLoss(x, zero, { levels: 3, residual: true }),
      mean(abs(laplacianPyramid(x, 3).residual)),
    ];
  });
  const [a, b, c] = await Promise.all([without, within, residual].map((t) => t.read()));
  assert.ok(c[0] > 1e-3);
  assertClose(b, [a[0] + c[0]], 1e-6, "loss with the residual");
  for (const t of [x, without, within, residual]) t.dispose();
});

Deno.test("laplacianLoss() refuses images that halve to fewer than three pixels", async () => {
  const x = await image("x");
  assert.throws(() => scope(() => laplacianLoss(x, x, { levels: 5 })), ShapeError);
  x.dispose();
});
