import assert from "assert";
import { noGrad } from "../../src/autograd/op.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Parameters } from "../../src/nn/module.ts";
import { generator } from "../../src/zaugnet/generator.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";

const [H, W] = [32, 48];

for (const variant of ["zaugnet", "zaugnet+"] as const) {
  Deno.test(`predictShared() of ${variant} answers what predict() does, to the bit`, async () => {
    const device = await testDevice();
    const before = device.liveBytes;
    const formula = new Formula(1);
    const parameters = new Parameters(device, formula.source(`${variant}/`));
    const network = generator(parameters, variant, false);
    const slices = [0, 1, 2].map((z) => formula.image(`slice ${z}`, [1, 1, H, W]));
    const pairs = { before: [0, 1, 0, 1], after: [1, 2, 1, 2] };
    const stack = (numbers: readonly number[]) =>
      Tensor.from(
        device,
        [numbers.length, 1, H, W],
        Float32Array.from(numbers.flatMap((number) => [...slices[number]])),
      );
    const answers = scope(() => {
      const dpm = Tensor.from(device, [4, 1, 1, 1], [0.5, 0.5, 0.2, 0.7]);
      const apart = { before: stack(pairs.before), after: stack(pairs.after), dpm };
      const shared = { slices: stack([0, 1, 2]), ...pairs, dpm };
      return noGrad(() => [network.predict(apart), network.predictShared(shared)]);
    });
    const [expected, actual] = await Promise.all(answers.map((answer) => answer.read()));
    assert.deepEqual(actual, expected);
    for (const answer of answers) answer.dispose();
    parameters.dispose();
    assert.equal(device.liveBytes, before, "memory is given back");
  });
}
