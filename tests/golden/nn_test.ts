import assert from "assert";
import { gradient } from "../../src/autograd/gradient.ts";
import { scope } from "../../src/autograd/scope.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Adam } from "../../src/nn/adam.ts";
import { laplacianLoss, laplacianPyramid } from "../../src/nn/laplacian_loss.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { golden, type GoldenFile, readGolden, shape4 } from "../support/shared.ts";

const TOLERANCE = 1e-5;

async function goldenTensors(file: GoldenFile): Promise<(name: string) => Tensor> {
  const device = await testDevice();
  return (name) => {
    const { shape, data } = file.values[name];
    const tensor = Tensor.from(device, shape4(shape), data);
    tensor.requiresGrad = true;
    return tensor;
  };
}

const adamPath = golden("ops/adam.safetensors");
Deno.test({
  name: "adam agrees with PyTorch in five steps",
  ignore: !adamPath,
  async fn() {
    const file = readGolden(adamPath!);
    const { lr, beta1, beta2, eps } = file.metadata;
    const tensor = await goldenTensors(file);
    const parameter = tensor("p0");
    const adam = new Adam([["p", parameter]], {
      learningRate: Number(lr),
      beta1: Number(beta1),
      beta2: Number(beta2),
      epsilon: Number(eps),
    });
    for (let step = 0; step < 5; step++) {
      const g = tensor(`g${step}`);
      const before = file.values[`p${step}`].data;
      const after = file.values[`p${step + 1}`].data;
      adam.step([g]);
      const actual = await parameter.read();
      assertClose(actual, after, TOLERANCE, `p${step + 1}`);
      // An update is a ten thousandth of a parameter: held to what float32 keeps of it.
      const change = (values: Float32Array) => values.map((value, i) => value - before[i]);
      assertClose(change(actual), change(after), 5e-3, `p${step + 1} - p${step}`);
      g.dispose();
    }
    adam.dispose();
    parameter.dispose();
  },
});

const levelsPath = golden("ops/laplacian_pyramid_levels.safetensors");
Deno.test({
  name: "laplacian_pyramid_levels agrees with PyTorch in every level",
  ignore: !levelsPath,
  async fn() {
    const file = readGolden(levelsPath!);
    const tensor = await goldenTensors(file);
    const { bands, residual } = scope(() => laplacianPyramid(tensor("x")));
    assert.equal(bands.length, 5);
    for (const [level, band] of bands.entries()) {
      const { shape, data } = file.values[`level${level}`];
      assert.deepEqual(band.shape, shape);
      assertClose(await band.read(), data, TOLERANCE, `level ${level}`);
      band.dispose();
    }
    residual.dispose();
  },
});

const lossPath = golden("ops/laplacian_pyramid_loss.safetensors");
Deno.test({
  name: "laplacian_pyramid_loss agrees with PyTorch in value and gradients",
  ignore: !lossPath,
  async fn() {
    const file = readGolden(lossPath!);
    const tensor = await goldenTensors(file);
    const results = scope(() => {
      const xs = ["x", "target"].map(tensor);
      const y = laplacianLoss(xs[0], xs[1], { levels: Number(file.metadata.levels) });
      const [x, target] = gradient(y, xs, { gradOutput: tensor("gy") });
      return { y: y.detach(), g_x: x!, g_target: target! };
    });
    for (const [name, result] of Object.entries(results)) {
      assertClose(await result.read(), file.values[name].data, TOLERANCE, name);
      result.dispose();
    }
  },
});
