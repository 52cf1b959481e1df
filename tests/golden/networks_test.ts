import assert from "assert";
import { noGrad, withFeatures } from "../../src/autograd/op.ts";
import { scope } from "../../src/autograd/scope.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Parameters } from "../../src/nn/module.ts";
import { critic } from "../../src/zaugnet/critic.ts";
import { generator, type Variant } from "../../src/zaugnet/generator.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";
import { golden, type GoldenFile, readGolden } from "../support/shared.ts";

const TOLERANCE = 1e-4;
/**
 * The same with features in half precision. Random weights make much of rounding: trained networks
 * keep within a tenth of this (real_stacks_test.ts).
 */
const HALF_TOLERANCE = 1.5e-2;
const PREFIX: Record<Variant, string> = { "zaugnet": "zaugnet", "zaugnet+": "zaugnet_plus" };

async function load(file: GoldenFile, name: string): Promise<Tensor> {
  const { shape, data } = file.values[name];
  return Tensor.from(await testDevice(), shape as unknown as Shape, data);
}

/** Checks every output that the file lists but those in `skipped`. */
async function check(
  file: GoldenFile,
  outputs: Readonly<Record<string, Tensor>>,
  tolerance = TOLERANCE,
): Promise<void> {
  for (const [name, tensor] of Object.entries(outputs)) {
    assertClose(await tensor.read(), file.values[name].data, tolerance, name);
    tensor.dispose();
  }
}

for (const variant of ["zaugnet", "zaugnet+"] as const) {
  for (const size of ["64x64", "96x160"]) {
    const path = golden(`networks/${PREFIX[variant]}_${size}.safetensors`);
    Deno.test({
      name: `the ${variant} generator agrees with PyTorch in every output at ${size}`,
      ignore: !path,
      async fn() {
        const device = await testDevice();
        const file = readGolden(path!);
        const before = device.liveBytes;
        const source = new Formula(file.seed).source(`${variant}/`);
        const parameters = new Parameters(device, source);
        const network = generator(parameters, variant, true);
        const [img0, img1, gt, dpm] = await Promise.all(
          ["img0", "img1", "gt", "dpm"].map((name) => load(file, name)),
        );
        const { stages, teacher, answer, distillation } = scope(() =>
          noGrad(() => network.train({ before: img0, after: img1, dpm }, gt))
        );
        await check(file, {
          flow0: stages[0].flow,
          flow1: stages[1].flow,
          flow2: stages[2].flow,
          mask: stages[2].mask,
          merged0: stages[0].merged,
          merged1: stages[1].merged,
          merged2: answer,
          flow_teacher: teacher.flow,
          merged_teacher: teacher.merged,
          loss_distill: distillation,
        });
        const rest = [stages[0].mask, stages[1].mask, stages[2].merged, teacher.mask];
        for (const tensor of [...rest, img0, img1, gt, dpm]) tensor.dispose();
        parameters.dispose();
        assert.equal(device.liveBytes, before, "memory is given back");
      },
    });

    Deno.test({
      name: `the ${variant} generator predicts at ${size} without its teacher, in halves, too`,
      ignore: !path,
      async fn() {
        const device = await testDevice();
        const file = readGolden(path!);
        const before = device.liveBytes;
        const parameters = new Parameters(device, new Formula(file.seed).source(`${variant}/`));
        const network = generator(parameters, variant, false);
        assert.ok(parameters.entries().every(([name]) => !name.startsWith("block_tea")));
        const [img0, img1, dpm] = await Promise.all(
          ["img0", "img1", "dpm"].map((name) => load(file, name)),
        );
        const input = { before: img0, after: img1, dpm };
        await check(file, { merged2: noGrad(() => network.predict(input)) });
        if (device.adapter.features.includes("shader-f16")) {
          const merged2 = withFeatures("f16", () => noGrad(() => network.predict(input)));
          await check(file, { merged2 }, HALF_TOLERANCE);
        }
        for (const tensor of [img0, img1, dpm]) tensor.dispose();
        parameters.dispose();
        assert.equal(device.liveBytes, before, "memory is given back");
      },
    });
  }
}

const criticPath = golden("networks/discriminator_256.safetensors");
Deno.test({
  name: "the critic agrees with PyTorch",
  ignore: !criticPath,
  async fn() {
    const device = await testDevice();
    const file = readGolden(criticPath!);
    const source = new Formula(file.seed).source("zaugnet/discriminator.");
    const parameters = new Parameters(device, source);
    const network = critic(parameters);
    const x = await load(file, "x");
    const y = scope(() => noGrad(() => network(x)));
    await check(file, { y });
    x.dispose();
    parameters.dispose();
  },
});

for (const [variant, count] of [["zaugnet", 10_688_323], ["zaugnet+", 10_690_888]] as const) {
  const path = golden(`${PREFIX[variant]}_parameters.json`);
  Deno.test({
    name: `the ${variant} networks have PyTorch's parameter names and shapes`,
    ignore: !path,
    async fn() {
      const device = await testDevice();
      const expected = JSON.parse(Deno.readTextFileSync(path!));
      const none = { get: () => undefined };
      const ofGenerator = new Parameters(device, none);
      generator(ofGenerator, variant, true);
      const ofCritic = new Parameters(device, none);
      critic(ofCritic);
      assert.equal(ofGenerator.count, count);
      assert.equal(ofCritic.count, 11_190_784);
      const shapes = (p: Parameters) =>
        Object.fromEntries(p.entries().map(([name]) => [name, p.shapeOf(name)]));
      assert.deepEqual(shapes(ofGenerator), expected.generator);
      assert.deepEqual(shapes(ofCritic), expected.discriminator);
      ofGenerator.dispose();
      ofCritic.dispose();
    },
  });
}
