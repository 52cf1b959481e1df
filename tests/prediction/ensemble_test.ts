import assert from "assert";
import {
  ENSEMBLE_MEMBERS,
  type EnsembleSlice,
  planEnsemble,
  predictEnsemble,
} from "../../src/prediction/ensemble.ts";
import type { SliceRequest } from "../../src/prediction/interpolator.ts";
import { planPrediction } from "../../src/prediction/plan.ts";
import { normalizerFor } from "../../src/stack/normalizer.ts";
import { FakeReader, LinearInterpolator, stackInfo } from "./stand_ins.ts";

/** Blends, and adds a tenth in the upper left corner and a twentieth to all of what comes first. */
class Lopsided extends LinearInterpolator {
  override async interpolate(requests: readonly SliceRequest[], height: number, width: number) {
    const answers = await super.interpolate(requests, height, width);
    answers.forEach((answer, i) => {
      answer[0] += 0.1;
      const { before, after } = requests[i];
      if (before[5] > after[5]) answer[5 * width + 5] += 0.05;
    });
    return answers;
  }
}

async function ensemble(interpolator: LinearInterpolator, depth: number, factor: number) {
  const reader = new FakeReader(
    stackInfo([2, 2, depth, 16, 32]),
    (t, c, z, i) => 20 + 30 * z + 5 * c + t + i % 7,
  );
  const plan = planEnsemble(reader.info, interpolator, { factor });
  const normalizer = await normalizerFor(reader, { normalization: "dtype" });
  const slices: EnsembleSlice[] = [];
  for await (const slice of predictEnsemble(reader, interpolator, plan, { normalizer })) {
    slices.push(slice);
  }
  return { reader, plan, slices };
}

for (
  const { factor, anyDistance } of [{ factor: 4, anyDistance: false }, {
    factor: 3,
    anyDistance: true,
  }]
) {
  Deno.test(`an ensemble of a blend is the blend, without spread, factor ${factor}`, async () => {
    const network = new LinearInterpolator({ anyDistance });
    const { reader, plan, slices } = await ensemble(network, 3, factor);
    assert.equal(slices.length, 2 * 2 * plan.sizes.z);
    for (const { t, c, z, slice, original, spread } of slices) {
      const at = z / factor;
      assert.equal(original, Number.isInteger(at));
      for (const i of [0, 100, 511]) {
        assert.equal(slice[i], Math.round(20 + 30 * at + 5 * c + t + i % 7), `${t} ${c} ${z} ${i}`);
        assert.ok(spread[i] < 1e-4);
      }
    }
    assert.ok(slices[0].slice instanceof Uint8Array);
    assert.ok(reader.reads.length <= 2 * 2 * 3 * 2, `${reader.reads.length} reads`);
  });
}

Deno.test("what a network does in one corner only is found in the spread of all four", async () => {
  const { slices } = await ensemble(new Lopsided(), 2, 2);
  const [, , { spread, slice, original }] = slices;
  assert.equal(original, false);
  const [width, height] = [32, 16];
  // One of four members is 25.5 grey levels off: the mean by a fourth, the spread by sqrt(3) / 4.
  for (const corner of [0, width - 1, (height - 1) * width, height * width - 1]) {
    assert.ok(Math.abs(spread[corner] - 25.5 * Math.sqrt(3) / 4) < 1e-3, `${spread[corner]}`);
    assert.equal(slice[corner], Math.round(35 + corner % 7 + 25.5 / 4));
  }
  assert.ok(spread[200] < 1e-4);
  const swapped = spread[5 * width + 5];
  assert.ok(Math.abs(swapped - 12.75 * Math.sqrt(7) / 8) < 1e-3, `one of eight: ${swapped}`);
});

Deno.test("planEnsemble() shares what a device has under way among the members", () => {
  const info = stackInfo([1, 1, 5, 16, 16]);
  const network = Object.assign(new LinearInterpolator(), { calls: 8 });
  const [one, all] = [planPrediction(info, network), planEnsemble(info, network)];
  assert.deepEqual([one.calls, all.calls], [8, 2]);
  assert.equal(all.mostWaiting, all.readAhead);
});

Deno.test("planEnsemble() counts the work of all members, in batches as much smaller", () => {
  const info = stackInfo([1, 1, 65, 64, 64]);
  const network = new LinearInterpolator({ memoryLimit: 64 * 40 * 64 * 64 });
  const [one, all] = [planPrediction(info, network), planEnsemble(info, network)];
  assert.equal(one.batchSize, 64);
  assert.equal(all.batchSize, 64 / ENSEMBLE_MEMBERS);
  assert.equal(all.tilePasses, 8 * one.tilePasses);
  assert.equal(all.interpolations, 64);
  assert.equal(all.predictedSlices, one.predictedSlices);
  assert.match(all.metadata.ensemble, /^8 /);
});
