import assert from "assert";
import { readState, type StepReport, type TrainingSettings, writeState } from "../../src/core.ts";
import { type Card, fleetCards } from "../../src/fleet/mod.ts";
import { ReplicatedTrainer, splitBatch } from "../../src/fleet/replicas.ts";
import {
  freshNetworks,
  freshTrainer,
  SMALL_NETWORKS,
  TINY,
  waveBatch,
} from "../training/tiny_batch.ts";
import { settleDriver } from "../../src/files/choose_adapter.ts";
import { assertSameTensors } from "../support/assert_same_tensors.ts";
import { openTestDevice } from "../support/device.ts";
import type { Trainer } from "../../src/training/trainer.ts";
import { type NetworkWidths, PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";

settleDriver();
const MEMORY = 4 * 2 ** 30;

async function replicated(
  settings: TrainingSettings,
  cards: readonly Card[],
  from: number,
  to: number,
  widths: NetworkWidths,
) {
  const device = await openTestDevice({ memoryLimit: MEMORY });
  const sources = freshNetworks(settings.seed, widths);
  const trainer = ReplicatedTrainer.first(device, settings, sources, cards.length);
  try {
    await trainer.enlist(cards, MEMORY);
    return await trained(trainer, from, to);
  } finally {
    await trainer.dismiss();
    trainer.dispose();
    device.close();
  }
}

async function single(
  settings: TrainingSettings,
  from: number,
  to: number,
  widths: NetworkWidths,
) {
  const device = await openTestDevice({ memoryLimit: MEMORY });
  const trainer = freshTrainer(device, settings, widths);
  const result = await trained(trainer, from, to);
  trainer.dispose();
  device.close();
  return result;
}

interface Training {
  readonly reports: readonly StepReport[];
  readonly state: Uint8Array;
}

/** Takes steps; what was reported, and the whole state after. */
async function trained(trainer: Trainer, from: number, to: number): Promise<Training> {
  const reports: StepReport[] = [];
  for (let i = from; i < to; i++) {
    const next = i + 1 < to ? waveBatch(trainer.settings, i + 1) : undefined;
    reports.push(await trainer.step(waveBatch(trainer.settings, i), i, next));
  }
  return { reports, state: await writeState(trainer, { step: 0, epochsSinceBest: 0 }) };
}

/** What must be the same to the bit, and losses, whose terms are added in another order. */
function assertSameTraining(found: Training, expected: Training): void {
  const tensorsOf = ({ state }: Training) => readState(state, "checkpoint").tensors;
  assertSameTensors(tensorsOf(found), tensorsOf(expected));
  found.reports.forEach(({ losses, gradientNorms, skipped }, i) => {
    const other = expected.reports[i];
    assert.deepEqual({ gradientNorms, skipped }, {
      gradientNorms: other.gradientNorms,
      skipped: other.skipped,
    });
    assert.deepEqual(Object.keys(losses), Object.keys(other.losses));
    for (const [name, loss] of Object.entries(losses)) {
      assert.ok(Math.abs(loss - other.losses[name]) <= 1e-6 * Math.abs(loss), name);
    }
  });
}

Deno.test("two replicas equal one device with the whole batch at once, to the bit", async () => {
  const settings = { ...TINY, batchSize: 2, microBatch: 2 };
  const [card] = await fleetCards("llvmpipe");
  const one = await single(settings, 0, 2, PAPER_WIDTHS);
  assertSameTraining(await replicated(settings, [card], 0, 2, PAPER_WIDTHS), one);
});

Deno.test("replicas share the critic's step and its penalty, with the next batch at hand, too", async () => {
  const settings = {
    ...TINY,
    batchSize: 2,
    microBatch: 2,
    patchSize: 256,
    lambdaAdv: 1e-3,
  };
  const [card] = await fleetCards("llvmpipe");
  // Only the critic steps at an index that criticSteps does not divide.
  const widths = { ...SMALL_NETWORKS, critic: PAPER_WIDTHS.critic };
  const one = await single(settings, 1, 3, widths);
  assert.deepEqual(Object.keys(one.reports[0].gradientNorms), ["critic"]);
  assertSameTraining(await replicated(settings, [card], 1, 3, widths), one);
});

/** Notes the workers that are started meanwhile. */
async function startedIn(work: () => Promise<void>): Promise<Worker[]> {
  const { Worker } = globalThis;
  const started: Worker[] = [];
  globalThis.Worker = class extends Worker {
    constructor(...options: ConstructorParameters<typeof Worker>) {
      super(...options);
      started.push(this);
    }
  };
  await work().finally(() => globalThis.Worker = Worker);
  return started;
}

Deno.test("a replica that is lost ends the step with a sentence that says how to go on", async () => {
  const device = await openTestDevice({ memoryLimit: MEMORY });
  const settings = { ...TINY, batchSize: 2 };
  const trainer = ReplicatedTrainer.first(device, settings, freshNetworks(0), 1);
  const cards = await fleetCards("llvmpipe");
  const [worker] = await startedIn(() => trainer.enlist(cards, MEMORY));
  worker.postMessage({ type: "call", id: -1, name: "a call that ends it" });
  await assert.rejects(trainer.step(waveBatch(settings, 0), 0), {
    name: "DeviceLostError",
    message: /^A replica was lost; resume the run from its last checkpoint\./,
  });
  await trainer.dismiss();
  trainer.dispose();
  device.close();
});

Deno.test("splitBatch() leaves no sample out and cuts evenly", () => {
  const batch = waveBatch({ ...TINY, batchSize: 5, patchSize: 16 }, 0);
  const parts = splitBatch(batch, 3);
  assert.deepEqual(parts.map(({ count, share }) => [count, share!.from, share!.of]), [
    ...[[2, 0, 5], [2, 2, 5], [1, 4, 5]],
  ]);
  assert.deepEqual(parts.flatMap(({ truth }) => [...truth]), [...batch.truth]);
  assert.deepEqual(parts.flatMap(({ dpm }) => [...dpm]), [...batch.dpm]);
});
