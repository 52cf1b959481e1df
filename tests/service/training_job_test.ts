import assert from "assert";
import { readModel } from "../../src/core.ts";
import { queueJob, until, withFixture } from "./compute_fixture.ts";

const STACK = { sizes: { z: 8, y: 64, x: 64 } };
/** Enough to be stopped in the middle. */
const STEPS = 24;
const OPTIONS = {
  batchSize: 1,
  patchSize: 64,
  learningRate: 1e-4,
  lambdaAdv: 0,
  lambdaGp: 10,
  nCritic: 5,
  clipNorm: 1,
  pixelLoss: "paper",
  seed: 1,
  maxSpan: 7,
  skipUncorrelated: false,
  without: [],
  validation: "none",
  maxSteps: STEPS,
  init: "m",
  initSha256: "",
};

Deno.test("a training that a shutdown interrupts goes on where it was, and ends in a model", () =>
  withFixture(async (fixture) => {
    const compute = await fixture.start();
    const id = await queueJob(fixture, "training", STACK, "m", OPTIONS);
    await until(fixture, id, ({ progress }) => (progress?.done ?? 0) > 0);
    await compute.shutdown(0);
    assert.equal((await fixture.queue.get(id))?.state, "queued");
    await fixture.start();
    const { result } = await until(fixture, id, "succeeded");
    assert.equal(result?.step, STEPS);
    const metrics = await textOf("metrics");
    const steps = metrics.trim().split("\n").map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "step").map(({ step }) => step);
    assert.deepEqual(steps, Array.from({ length: STEPS }, (_, i) => i + 1));
    assert.match(await textOf("curves"), /^<svg/);
    const { run } = fixture.data.job(id);
    assert.equal(readModel(Deno.readFileSync(`${run}/model.safetensors`), "m").variant, "zaugnet");

    async function textOf(name: "metrics" | "curves"): Promise<string> {
      const file = (await fixture.files.open(id, name))!;
      return await new Response(file.read(0, file.size)).text();
    }
  }));
