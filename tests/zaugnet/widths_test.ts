import assert from "assert";
import { InputError, readModel, writeModel } from "../../src/core.ts";
import { freshSources, resumedSources } from "../../src/training/sources.ts";
import { readState, writeState } from "../../src/training/state.ts";
import { Trainer } from "../../src/training/trainer.ts";
import { generatorShapes, type Model, modelWidths } from "../../src/zaugnet/model.ts";
import { type GeneratorWidths, PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { testDevice } from "../support/device.ts";
import { formulaModel, SMALL_WIDTHS } from "../support/formula_model.ts";
import { freshTrainer, TINY, waveBatch } from "../training/tiny_batch.ts";

const small = readModel(formulaModel("zaugnet"), "small");

function withWeight(name: string, shape: readonly number[]): Model {
  const data = new Float32Array(shape.reduce((a, b) => a * b));
  return { ...small, weights: new Map(small.weights).set(name, { shape, data }) };
}

function refused(model: Model | Uint8Array, sentence: RegExp) {
  const bytes = model instanceof Uint8Array ? model : writeModel(model);
  assert.throws(() => readModel(bytes, "odd.safetensors"), (error: Error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, sentence);
    return true;
  });
}

Deno.test("readModel() tells a network's widths by its parameters' shapes", () => {
  assert.deepEqual(modelWidths(small), SMALL_WIDTHS);
  assert.deepEqual(small.weights.get("block1.conv0.0.0.weight")?.shape, [9, 9, 3, 3]);
  assert.deepEqual(small.weights.get("unet.down3.conv1.0.weight")?.shape, [64, 64, 3, 3]);
});

Deno.test("the paper's widths are 240, 150, 90, and 16 for the context", () => {
  const shapes = generatorShapes("zaugnet", true);
  const widths = [0, 1, 2].map((i) => shapes.get(`block${i}.convblock.7.0.weight`));
  assert.deepEqual(widths, [[240, 240, 3, 3], [150, 150, 3, 3], [90, 90, 3, 3]]);
  assert.deepEqual(shapes.get("block_tea.convblock.7.0.weight"), [90, 90, 3, 3]);
  assert.deepEqual(shapes.get("contextnet.conv4.conv2.0.weight"), [128, 128, 3, 3]);
});

Deno.test("readModel() names the parameters that don't fit the widths of the others", () => {
  const name = "block0.convblock.3.0.weight";
  refused(withWeight(name, [24, 20, 3, 3]), /block0\.convblock\.3\.0\.weight is \[24,20,3,3\], ex/);
});

for (
  const [what, widths] of [
    ["wider flow blocks than the paper's", { blocks: [242, 18, 10], context: 4 }],
    ["flow blocks of an odd width", { blocks: [24, 17, 10], context: 4 }],
    ["a wider context than the paper's", { blocks: [24, 18, 10], context: 20 }],
    ["a context of no whole quads", { blocks: [24, 18, 10], context: 6 }],
  ] as const satisfies readonly (readonly [string, GeneratorWidths])[]
) {
  Deno.test(`readModel() refuses ${what} in one sentence`, () => {
    const said = `flow blocks of ${widths.blocks.join(", ")} channels and a context of ` +
      `${widths.context}: `;
    const { blocks, context } = widths;
    const telling = blocks.reduce(
      (model, width, i) => ({
        ...model,
        weights: new Map(model.weights).set(`block${i}.conv0.1.0.weight`, {
          shape: [width, Math.floor(width / 2), 3, 3],
          data: new Float32Array(width * Math.floor(width / 2) * 9),
        }),
      }),
      withWeight("contextnet.conv1.conv1.0.weight", [context, 1, 3, 3]),
    );
    refused(telling, new RegExp(`^odd\\.safetensors has ${said}.*at most 240, 150, 90.*16\\.$`));
  });
}

Deno.test("a training has the widths of the model that it starts from", () => {
  const settings = { ...TINY, variant: "zaugnet+" } as const;
  assert.deepEqual(freshSources(settings, small).widths?.generator, SMALL_WIDTHS);
  assert.deepEqual(freshSources(settings, small).widths?.critic, PAPER_WIDTHS.critic);
});

Deno.test("a training that goes on has the widths of its checkpoint", async () => {
  const device = await testDevice();
  const first = freshTrainer(device, { ...TINY, patchSize: 256, lambdaAdv: 1e-3 });
  const bytes = await writeState(first, { step: 0, epochsSinceBest: 0 });
  const sources = resumedSources(readState(bytes, "checkpoint"));
  const again = new Trainer(device, first.settings, sources);
  const values = ({ generator, critic }: Trainer) =>
    [generator, critic!].map((network) =>
      network.parameters.entries().map(([name]) => [name, network.parameters.shapeOf(name)])
    );
  assert.deepEqual(values(again), values(first));
  assert.deepEqual(again.critic?.parameters.shapeOf("layers.12.weight"), [1, 20, 4, 4]);
  const { losses } = await again.step(waveBatch(first.settings, 0), 0);
  assert.ok(Object.values(losses).every(Number.isFinite), JSON.stringify(losses));
  first.dispose();
  again.dispose();
});
