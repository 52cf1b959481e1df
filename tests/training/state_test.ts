import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { writeSafetensors } from "../../src/io/safetensors.ts";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { freshSources } from "../../src/training/sources.ts";
import { readState, stateSource } from "../../src/training/state.ts";
import { checkSettings, DEFAULT_SETTINGS } from "../../src/training/settings.ts";
import { generatorShapes, type Model, readModel } from "../../src/zaugnet/model.ts";
import { assertClose } from "../support/assert_close.ts";
import { testDevice } from "../support/device.ts";
import { formulaModel } from "../support/formula_model.ts";

const tensor = { shape: [1], data: Float32Array.of(7) };
const progress = { step: 3, best: 31.5, epochsSinceBest: 1 };

function stateBytes(metadata: Record<string, string>): Uint8Array {
  return writeSafetensors(new Map([["generator.a", tensor]]), { metadata });
}

Deno.test("readState() gives progress, guards and parameters back", () => {
  const guards = { generator: { recent: [0.1, 0.3], skipped: 2, skippedInRow: 0 } };
  const state = readState(
    stateBytes({
      "zaugnet.progress": JSON.stringify(progress),
      "zaugnet.guards": JSON.stringify(guards),
    }),
    "step-000003.safetensors",
  );
  assert.deepEqual(state.progress, progress);
  assert.deepEqual(state.guards, guards);
  assert.deepEqual([...stateSource(state, "generator").get("a", [1])!.data as Float32Array], [7]);
});

Deno.test("readState() refuses a file that is not a checkpoint of a run", () => {
  assert.throws(
    () => readState(stateBytes({}), "model.safetensors"),
    (error) =>
      error instanceof InputError && /model\.safetensors is not a checkpoint/.test(error.message),
  );
});

Deno.test("stateSource() names a parameter that the checkpoint lacks", () => {
  const state = readState(stateBytes({ "zaugnet.progress": JSON.stringify(progress) }), "x");
  assert.throws(() => stateSource(state, "critic").get("a", [1]), /has no critic\.a/);
});

const model: Model = {
  variant: "zaugnet",
  hasTeacher: false,
  metadata: {},
  notes: [],
  weights: new Map([["a.weight", tensor]]),
};

Deno.test("freshSources() takes a model's parameters, and fresh ones for what it lacks", () => {
  const { generator } = freshSources(DEFAULT_SETTINGS, model);
  assert.equal(generator.get("a.weight", [1])!.data[0], 7);
  assert.equal(generator.get("block_tea.weight", [1])!.data[0], 0.25, "as PyTorch starts a PReLU");
});

Deno.test("freshSources() makes no ZAugNet of a ZAugNet+", () => {
  assert.throws(
    () => freshSources(DEFAULT_SETTINGS, { ...model, variant: "zaugnet+" }),
    /The model to start from is a ZAugNet\+, .* train with variant: "zaugnet\+"\./,
  );
});

Deno.test("a ZAugNet+ that starts from a ZAugNet answers as that does, whatever the DPM", async () => {
  const device = await testDevice();
  const init = readModel(formulaModel("zaugnet"), "model.safetensors");
  const settings = { ...DEFAULT_SETTINGS, variant: "zaugnet+" } as const;
  const { generator, widths } = freshSources(settings, init);
  const weights = new Map(
    [...generatorShapes("zaugnet+", false, widths?.generator)].map(([name, shape]) =>
      [name, { shape, data: Float32Array.from(generator.get(name, shape)!.data) }] as const
    ),
  );
  const widened: Model = { ...init, variant: "zaugnet+", weights };
  const networks = [init, widened]
    .map((model) => new NetworkInterpolator(device, model));
  const [before, after] = [1, 2].map((seed) =>
    Float32Array.from({ length: 32 * 32 }, (_, i) => 0.5 + 0.4 * Math.sin(i * seed / 7))
  );
  const [[plain], [other]] = await Promise.all(
    networks.map((network, i) =>
      network.interpolate([{ before, after, dpm: [0.5, 0.25][i] }], 32, 32)
    ),
  );
  assertClose(other, plain, 1e-5, "the widened network");
  networks.forEach((network) => network.dispose());
});

Deno.test("fresh parameters depend on the seed and lie within PyTorch's bounds", () => {
  const draw = (seed: number) =>
    freshSources({ ...DEFAULT_SETTINGS, seed }).generator.get("a.weight", [8, 4, 3, 3])!.data;
  const [first, again, other] = [draw(1), draw(1), draw(2)].map((data) => Array.from(data));
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
  const bound = 1 / Math.sqrt(4 * 9);
  assert.ok(first.every((value) => Math.abs(value) <= bound));
  assert.ok(Math.max(...first.map(Math.abs)) > 0.9 * bound);
});

for (
  const [what, settings, sentence] of [
    ["a critic on small patches", { patchSize: 128, lambdaAdv: 1e-3 }, /at least 256 pixels/],
    ["patches of an odd size", { patchSize: 100 }, /multiple of 16 and at least 64, not 100/],
    ["an empty batch", { batchSize: 0 }, /batchSize must be a whole number/],
    ["a negative clip norm", { clipNorm: -1 }, /clipNorm must be a number of at least 0/],
    ["a learning rate of 0", { learningRate: 0 }, /learningRate must be a number of more than 0/],
  ] as const
) {
  Deno.test(`checkSettings() refuses ${what}`, () => {
    assert.throws(() => checkSettings({ ...DEFAULT_SETTINGS, ...settings }), sentence);
  });
}
