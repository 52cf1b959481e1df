import assert from "assert";
import { render } from "../../src/core.ts";
import { testAdapter } from "../support/adapter.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack } from "../support/stacks.ts";
import { tuneFor } from "../support/tuning.ts";
import { queuePrediction, until, withFixture } from "./compute_fixture.ts";
import { namesIn } from "./data.ts";

const MORTAL = new URL("./mortal_worker.ts", import.meta.url);
const HUNG = new URL("./hung_worker.ts", import.meta.url);
/** Long enough to be stopped in the middle: 239 batches. */
const LONG = [{ sizes: { z: 240, y: 64, x: 64 } }, { batchSize: 1 }] as const;

async function samplesOf(path: string): Promise<number[][]> {
  const reader = await readStack(path);
  const slices = [];
  for (let z = 0; z < reader.info.sizes.z; z++) slices.push([...await reader.readSlice(0, 0, z)]);
  return slices;
}

Deno.test("a job's prediction is that of the command line", () =>
  withFixture(async (fixture) => {
    const compute = await fixture.start();
    const id = await queuePrediction(fixture);
    const { result, attempts } = await until(fixture, id, "succeeded");
    assert.equal(attempts, 1);
    assert.equal(result?.predictedSlices, 2);
    const folder = fixture.data.job(id);
    const [input, made] = [folder.input(1), folder.output("imagej")];
    await inTemporaryFolder(async (there) => {
      const output = `${there}/out.tif`;
      const model = formulaModelFile("zaugnet");
      const { code, stderr } = await runCli("predict", input, "-m", model, "-o", output);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await samplesOf(made), await samplesOf(output));
    });
    const { slices, gpuBytes, gpuPeakBytes, times } = await compute.stats();
    assert.equal(slices, 2);
    assert.ok(gpuBytes > 0 && gpuPeakBytes >= gpuBytes);
    assert.deepEqual(
      times.map(({ kind, outcome, runSeconds: { count } }) => [kind, outcome, count]),
      [
        ["prediction", "succeeded", 1],
      ],
    );
  }));

Deno.test({
  name: "a job is predicted in the precision of the service, and says so",
  ignore: !(await testAdapter()).features.includes("shader-f16"),
  fn: () =>
    withFixture(async (fixture) => {
      await fixture.start({ precision: "f16" });
      const id = await queuePrediction(fixture);
      await until(fixture, id, "succeeded");
      const { info } = await readStack(fixture.data.job(id).output("imagej"));
      assert.equal(info.extras?.["zaugnet.precision"], "f16");
    }),
});

Deno.test("a job's repair and its uncertainty are those of the command line, byte for byte", () =>
  withFixture(async (fixture) => {
    await fixture.start();
    for (
      const [options, flags, endings] of [
        [{ repair: [2] }, ["--repair", "2"], [""]],
        [{ uncertainty: true }, ["--uncertainty"], ["", "-spread"]],
      ] as const
    ) {
      const id = await queuePrediction(fixture, undefined, options);
      await until(fixture, id, "succeeded");
      const folder = fixture.data.job(id);
      await inTemporaryFolder(async (there) => {
        const model = `${there}/m.safetensors`;
        await Deno.copyFile(formulaModelFile("zaugnet"), model);
        const output = `${there}/output.tif`;
        const args = ["predict", folder.input(1), "-m", model, "-o", output, ...flags];
        const { code, stderr } = await runCli(...args);
        assert.equal(code, 0, stderr);
        for (const ending of endings) {
          const [made, expected] = [folder.path, there].map((path) =>
            Deno.readFileSync(`${path}/output${ending}.tif`)
          );
          assert.deepEqual(made, expected);
        }
      });
      const left = namesIn(folder.path).filter((name) => name.startsWith("output"));
      assert.equal(left.length, endings.length);
    }
  }));

Deno.test("a job that finds nothing to repair succeeds and makes no stack", () =>
  withFixture(async (fixture) => {
    await fixture.start();
    const id = await queuePrediction(fixture, undefined, { repair: "auto" });
    const { result } = await until(fixture, id, "succeeded");
    assert.deepEqual(result?.repaired, []);
    assert.deepEqual(namesIn(fixture.data.job(id).path), ["input-1.tif", "model.safetensors"]);
  }));

Deno.test("a job is predicted with tuned kernels, and its result says so", () =>
  inTemporaryFolder(async (cache) => {
    await tuneFor(64, cache);
    await withFixture(async (fixture) => {
      await fixture.start();
      const { result } = await until(fixture, await queuePrediction(fixture), "succeeded");
      const { kernels } = result?.metadata as Record<string, string>;
      assert.match(kernels, /^[0-9a-f]{16}$/);
    }, cache);
  }));

Deno.test("a job that is cancelled while it runs stops between batches and leaves no result", () =>
  withFixture(async (fixture) => {
    await fixture.start();
    const id = await queuePrediction(fixture, ...LONG);
    await until(fixture, id, ({ progress }) => (progress?.done ?? 0) > 0);
    await fixture.queue.cancel(id);
    const { progress } = await until(fixture, id, "cancelled");
    assert.ok(progress!.done < progress!.total);
    assert.deepEqual(namesIn(fixture.data.job(id).path), ["input-1.tif", "model.safetensors"]);
  }));

Deno.test("a job whose worker dies is done by the next, and the loss is said", () =>
  withFixture(async (fixture) => {
    const id = await queuePrediction(fixture);
    Deno.writeTextFileSync(fixture.data.job(id).input(2), "");
    await fixture.start({ module: MORTAL });
    const { attempts } = await until(fixture, id, "succeeded");
    assert.equal(attempts, 2);
    assert.match(fixture.said.join(), /was lost, and is opened again: .*fell off the bus/);
  }));

Deno.test("a job whose worker hangs is done by the next, when the wait is over", () =>
  withFixture(async (fixture) => {
    const id = await queuePrediction(fixture);
    await fixture.start({ module: HUNG, stallSeconds: 1 });
    const { attempts } = await until(fixture, id, "succeeded");
    assert.equal(attempts, 2);
    assert.match(fixture.said.join(), /was lost, and is opened again: it has not answered for 1 s/);
  }));

Deno.test("a job that kills three workers is given up with a sentence, and others go on", () =>
  withFixture(async (fixture) => {
    const deadly = await queuePrediction(fixture);
    for (const n of [2, 3, 4, 5]) Deno.writeTextFileSync(fixture.data.job(deadly).input(n), "");
    const harmless = await queuePrediction(fixture);
    await fixture.start({ module: MORTAL });
    const { attempts, error } = await until(fixture, deadly, "failed");
    assert.equal(attempts, 3);
    assert.match(render(error!), /stopped 3 times/);
    assert.equal((await until(fixture, harmless, "succeeded")).attempts, 1);
  }));

Deno.test("a worker that can't renew its lease stops the job, which another may have by then", () =>
  withFixture(async (fixture) => {
    const { queue } = fixture;
    const id = await queuePrediction(fixture, ...LONG);
    queue.heartbeat = () => Promise.reject(new Error("no route"));
    await fixture.start({ leaseSeconds: 1 });
    await until(fixture, id, ({ attempts }) => attempts > 1);
    assert.match(fixture.said.join(), /The queue can't be reached: no route/);
  }));

Deno.test("a job on a full disk fails with a sentence and leaves no part of a result", () =>
  withFixture(async (fixture) => {
    const id = await queuePrediction(fixture);
    const folder = fixture.data.job(id);
    await Deno.symlink("/dev/full", `${folder.attempt(1, "imagej")}.partial`);
    await fixture.start();
    const { error } = await until(fixture, id, "failed");
    assert.equal(error, "The service's disk is full: send the job again when there is room.");
    assert.deepEqual(namesIn(folder.path), ["input-1.tif", "model.safetensors"]);
  }));

Deno.test("a job that can't be done as asked fails with a sentence that shows no path", () =>
  withFixture(async (fixture) => {
    const id = await queuePrediction(fixture, undefined, { factor: 3 });
    await fixture.start();
    const { error } = await until(fixture, id, "failed");
    assert.match(render(error!), /^factor: 3 needs a ZAugNet\+ model; .* it can do factor: 4\.$/);
    assert.ok(!render(error!).includes(fixture.data.path));
  }));

Deno.test("a shutdown lets the job under way end, and takes no other", () =>
  withFixture(async (fixture) => {
    const compute = await fixture.start();
    const [first, second] = [await queuePrediction(fixture), await queuePrediction(fixture)];
    await until(fixture, first, "running");
    await compute.shutdown(60);
    assert.equal((await fixture.queue.get(first))?.state, "succeeded");
    assert.equal((await fixture.queue.get(second))?.state, "queued");
  }));

Deno.test("a shutdown whose time is over puts the job back, to be done after the restart", () =>
  withFixture(async (fixture) => {
    const compute = await fixture.start();
    const id = await queuePrediction(fixture, ...LONG);
    await until(fixture, id, ({ progress }) => (progress?.done ?? 0) > 0);
    await compute.shutdown(0);
    const { state, attempts } = (await fixture.queue.get(id))!;
    assert.deepEqual([state, attempts], ["queued", 0]);
    assert.deepEqual(namesIn(fixture.data.job(id).path), ["input-1.tif", "model.safetensors"]);
    await fixture.start();
    const done = await until(fixture, id, "succeeded");
    assert.equal(done.attempts, 1);
  }));

Deno.test("slices at once are those of a job, also while one runs, and of sizes of their own", () =>
  withFixture(async (fixture) => {
    const compute = await fixture.start();
    const running = await queuePrediction(fixture, ...LONG);
    await until(fixture, running, "running");
    const plane = (phase: number, length: number) =>
      Float32Array.from({ length }, (_, i) => 0.5 + 0.5 * Math.sin(i / 9 + phase));
    const request = (phase: number, length: number) => ({
      before: plane(phase, length),
      after: plane(phase + 1, length),
      dpm: 0.5,
    });
    const both = [request(0, 1024), request(2, 1024)];
    const together = await compute.interpolate("m", both, 32, 32);
    const alone = await Promise.all(both.map((one) => compute.interpolate("m", [one], 32, 32)));
    const [wide] = await compute.interpolate("m", [request(0, 1536)], 32, 48);
    assert.deepEqual(together, alone.flat());
    assert.equal(wide.length, 1536);
    assert.equal((await fixture.queue.get(running))?.state, "running");
    await assert.rejects(compute.interpolate("none", both, 32, 32), { name: "InputError" });
    await fixture.queue.cancel(running);
    await until(fixture, running, "cancelled");
  }));
