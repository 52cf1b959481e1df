import assert from "assert";
import type { Device } from "../../src/gpu/device.ts";
import type { HostPass } from "../../src/training/exchange.ts";
import type { TrainingSettings } from "../../src/training/settings.ts";
import { resumedSources } from "../../src/training/sources.ts";
import { readState, restoreTrainer, writeState } from "../../src/training/state.ts";
import { Trainer } from "../../src/training/trainer.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { assertSameTensors } from "../support/assert_same_tensors.ts";
import { openTestDevice } from "../support/device.ts";
import { freshNetworks, freshTrainer, TINY, waveBatch } from "./tiny_batch.ts";

/** Runs a test on its own device, and checks that it gives its memory back. */
function onDevice(name: string, test: (device: Device) => Promise<void>) {
  Deno.test(name, async () => {
    const device = await openTestDevice({ memoryLimit: 6 * 2 ** 30 });
    try {
      const baseline = device.liveBytes;
      await test(device);
      assert.equal(device.liveBytes, baseline, "memory is given back");
    } finally {
      device.close();
    }
  });
}

async function steps(trainer: Trainer, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await trainer.step(waveBatch(trainer.settings, i), i);
}

/** The whole state of both networks, byte for byte. */
function bytesOf(trainer: Trainer): Promise<Uint8Array> {
  return writeState(trainer, { step: 0, epochsSinceBest: 0 });
}

/** Writes the state of a trainer after some steps, and continues from it in another one. */
async function resumed(device: Device, settings: TrainingSettings, at: number): Promise<Trainer> {
  const first = freshTrainer(device, settings);
  await steps(first, 0, at);
  const state = readState(await bytesOf(first), "checkpoint");
  first.dispose();
  const trainer = new Trainer(device, settings, resumedSources(state));
  restoreTrainer(trainer, state);
  return trainer;
}

onDevice(
  "a Trainer that continues from a state equals one that never stopped, to the bit",
  async (device) => {
    const settings = { ...TINY, batchSize: 1, microBatch: 1 };
    const whole = freshTrainer(device, settings);
    await steps(whole, 0, 3);
    const parts = await resumed(device, settings, 2);
    await steps(parts, 2, 3);
    assert.deepEqual(await bytesOf(parts), await bytesOf(whole));
    whole.dispose();
    parts.dispose();
  },
);

onDevice("a Trainer lowers the loss on what it sees", async (device) => {
  const trainer = freshTrainer(device, { ...TINY, learningRate: 3e-4 });
  const batch = waveBatch(trainer.settings, 0);
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) {
    losses.push((await trainer.step(batch, i)).losses.generatorTotal);
  }
  assert.ok(losses[2] < losses[0], String(losses));
  trainer.dispose();
});

onDevice(
  "a batch in parts of a power of two trains as the batch at once, to the bit",
  async (device) => {
    const trained = async (microBatch: number) => {
      const trainer = freshTrainer(device, { ...TINY, batchSize: 4, microBatch }, PAPER_WIDTHS);
      await steps(trainer, 0, 2);
      const { tensors } = readState(await bytesOf(trainer), "checkpoint");
      trainer.dispose();
      return tensors;
    };
    const whole = await trained(4);
    assertSameTensors(await trained(2), whole);
    assertSameTensors(await trained(1), whole);
  },
);

onDevice(
  "a Trainer with a critic steps it alone between the generator's steps, and resumes to the bit",
  async (device) => {
    const settings = {
      ...TINY,
      batchSize: 1,
      microBatch: 1,
      patchSize: 256,
      lambdaAdv: 1e-3,
    };
    const whole = freshTrainer(device, settings);
    const both = await whole.step(waveBatch(settings, 0), 0);
    assert.deepEqual(Object.keys(both.gradientNorms).sort(), ["critic", "generator"]);
    const state = readState(await bytesOf(whole), "checkpoint");
    const parts = new Trainer(device, settings, resumedSources(state));
    restoreTrainer(parts, state);
    const alone = await whole.step(waveBatch(settings, 1), 1);
    assert.deepEqual(Object.keys(alone.gradientNorms), ["critic"]);
    await steps(parts, 1, 2);
    assert.deepEqual(await bytesOf(parts), await bytesOf(whole));
    whole.dispose();
    parts.dispose();
  },
);

onDevice(
  "a Trainer leaves the networks as they were where the loss is not a number",
  async (device) => {
    const trainer = freshTrainer(device, { ...TINY, batchSize: 1, microBatch: 1 });
    const values = async () =>
      (await trainer.generator.adam.state()).get("block0.conv0.0.0.weight.step");
    const batch = waveBatch(trainer.settings, 0);
    const { skipped } = await trainer.step({ ...batch, truth: batch.truth.map(() => NaN) }, 0);
    assert.match(skipped[0], /the generator's loss is NaN/);
    assert.deepEqual([...(await values())!.data], [0]);
    assert.equal(trainer.skippedInRow, 1);
    trainer.dispose();
  },
);

onDevice("a Trainer works on the next batch while others are waited for", async (device) => {
  const settings = {
    ...TINY,
    batchSize: 1,
    microBatch: 1,
    patchSize: 256,
    lambdaAdv: 1e-3,
  };
  const exchange = { combine: (pass: HostPass) => Promise.resolve(pass) };
  const trainer = new Trainer(device, settings, freshNetworks(0), exchange);
  const damaged = { ...waveBatch(settings, 2), truth: new Float32Array(256 ** 2).fill(NaN) };
  await trainer.step(waveBatch(settings, 1), 1, waveBatch(settings, 2));
  const { skipped } = await trainer.step(damaged, 2);
  assert.deepEqual(skipped, [], "the step took the batch that was announced");
  trainer.dispose();
});
