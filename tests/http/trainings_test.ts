import assert from "assert";
import { join } from "node:path";
import { trainCommand } from "../../src/cli/train.ts";
import type { OpenApi } from "./document.ts";
import { type Service, stackBytes, tiff, withService } from "./service.ts";

const stack = await stackBytes();
const second = await stackBytes({ sizes: { z: 5 } });

async function optionsOf({ queue }: Service, id: string) {
  const { inputs, ...options } = (await queue.get(id))!.options as {
    inputs: unknown[];
    [name: string]: unknown;
  };
  return { count: inputs.length, options };
}

Deno.test("a training takes one stack and the defaults of zaugnet train", () =>
  withService(async (service) => {
    const { id, kind } = await service.json(202, "POST", "/trainings", tiff(stack));
    assert.equal(kind, "training");
    assert.deepEqual(await optionsOf(service, id), {
      count: 1,
      options: {
        without: [],
        maxMinutes: 60,
        batchSize: 8,
        patchSize: 256,
        learningRate: 1e-4,
        lambdaGp: 10,
        nCritic: 5,
        clipNorm: 1,
        pixelLoss: "full",
        seed: 0,
        maxSpan: 7,
        skipUncorrelated: false,
        validation: "blocks",
      },
    });
  }));

Deno.test("a training takes several stacks in a form, and options by the flags' names", () =>
  withService(async (service) => {
    const body = new FormData();
    for (const bytes of [stack, second]) body.append("stacks", new Blob([bytes]), "same.tif");
    const flags = "init=plus&epochs=3&max-steps=50&max-minutes=5&early-stop=2&batch-size=4" +
      "&validate-every=2" +
      "&micro-batch=2&patch-size=64&learning-rate=0.001&lambda-adv=0&lambda-gp=5&n-critic=2" +
      "&clip-norm=0&pixel-loss=paper&seed=7&max-span=3&skip-uncorrelated=true" +
      "&without=flips,swap&normalization=stack&per=frame";
    const { id } = await service.json(202, "POST", `/trainings?${flags}`, { body });
    assert.deepEqual(await optionsOf(service, id), {
      count: 2,
      options: {
        init: "plus",
        initSha256: "0b",
        variant: "zaugnet+",
        epochs: 3,
        maxSteps: 50,
        maxMinutes: 5,
        earlyStop: 2,
        validateEvery: 2,
        batchSize: 4,
        microBatch: 2,
        patchSize: 64,
        learningRate: 0.001,
        lambdaAdv: 0,
        lambdaGp: 5,
        nCritic: 2,
        clipNorm: 0,
        pixelLoss: "paper",
        seed: 7,
        maxSpan: 3,
        skipUncorrelated: true,
        without: ["flips", "swap"],
        normalization: "stack",
        per: "frame",
        validation: "stacks",
      },
    });
    assert.deepEqual(await Deno.readFile(service.data.job(id).input(1)), stack);
    assert.deepEqual(await Deno.readFile(service.data.job(id).input(2)), second);
  }));

Deno.test("no training is longer than the service allows", () =>
  withService(async (service) => {
    const { id } = await service.json(202, "POST", "/trainings?max-minutes=99", tiff(stack));
    assert.equal((await optionsOf(service, id)).options.maxMinutes, 60);
  }));

for (
  const [query, sentence] of [
    ["patch-size=100", /multiple of 16/],
    ["patch-size=64&lambda-adv=1", /critic needs patches/],
    ["patch-size=4096", /from 64 to 1024/],
    ["batch-size=1000", /from 1 to 256/],
    ["learning-rate=0", /query learning-rate: /],
    ["seed=-1", /whole number of at least 0/],
    ["without=everything", /There is no everything/],
    ["validation=stacks", /at least two stacks/],
    ["variant=zaugnet&init=plus", /plus is a zaugnet\+/],
    ["init=none", /There is no model none/],
    ["epoch=3", /epoch/],
  ] as const
) {
  Deno.test(`a training with "${query}" is refused in one sentence, and leaves nothing`, () =>
    withService(async ({ ask, data }) => {
      const response = await ask("POST", `/trainings?${query}`, tiff(stack));
      assert.match((await response.json()).detail, sentence);
      assert.ok([400, 422].includes(response.status), `${response.status}`);
      assert.deepEqual(await data.jobIds(), []);
    }));
}

Deno.test("what a training has made so far can be fetched, also after it was stopped", () =>
  withService(async ({ ask, json, queue, data }) => {
    const job = await json(202, "POST", "/trainings", tiff(stack));
    assert.deepEqual(Object.keys(job.links), [
      ...["self", "events", "metrics", "curves", "validation", "model"],
    ]);
    assert.match((await json(409, "GET", job.links.model)).detail, /model is not there yet/);
    const { run } = data.job(job.id);
    await Deno.mkdir(run);
    const files = {
      "metrics.jsonl": [job.links.metrics, "application/jsonl"],
      "curves.svg": [job.links.curves, "image/svg+xml"],
      "validation-2.png": [job.links.validation, "image/png"],
      "model.safetensors": [job.links.model, "application/octet-stream"],
    };
    for (const name of ["validation-1.png", ...Object.keys(files)]) {
      await Deno.writeTextFile(join(run, name), name);
    }
    await queue.lease("worker", 60);
    await json(202, "POST", `${job.links.self}/cancel`);
    await queue.finish(job.id, "worker", { state: "cancelled" });
    for (const [name, [link, type]] of Object.entries(files)) {
      const response = await ask("GET", link);
      assert.equal(await response.text(), name);
      assert.equal(response.headers.get("Content-Type"), type);
    }
  }));

/** Flags of this machine, and of files: the server has its own. */
const NOT_OFFERED = [
  ...["adapter", "adapters", "workers-per-adapter", "memory", "profile", "json", "output"],
  ...["resume", "positions", "checkpoint-minutes", "checkpoint-steps", "keep-checkpoints"],
];

Deno.test("a training's options are the flags of zaugnet train, by the same names", () =>
  withService(async ({ json }) => {
    const { paths } = await json<OpenApi>(200, "GET", "/openapi.json");
    const offered = paths["/trainings"].post.parameters!
      .filter((parameter) => parameter.in === "query").map(({ name }) => name);
    const flags = trainCommand().options.map(({ long }) => long!.slice(2));
    const expected = flags.filter((name) => !NOT_OFFERED.includes(name));
    assert.deepEqual(offered.toSorted(), expected.sort());
  }));

Deno.test("a training that was stopped goes on when it is asked to, one that waits does not", () =>
  withService(async ({ ask, json }) => {
    const { id } = await json(202, "POST", "/trainings", tiff(stack));
    const waiting = await json<{ type: string; detail: string }>(
      ...[409, "POST", `/trainings/${id}/resume`] as const,
    );
    assert.deepEqual([waiting.type, waiting.detail], [
      "not-there-yet",
      "The training is queued; only failed and cancelled ones go on.",
    ]);
    await json(200, "POST", `/trainings/${id}/cancel`);
    const response = await ask("POST", `/trainings/${id}/resume`);
    assert.deepEqual([response.status, (await response.json()).state], [202, "queued"]);
    assert.equal(response.headers.get("Location"), `/trainings/${id}`);
    await json(404, "POST", `/trainings/${crypto.randomUUID()}/resume`);
  }));
