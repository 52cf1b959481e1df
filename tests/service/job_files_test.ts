import assert from "assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readModel, writeModel } from "../../src/core.ts";
import { bodyOf, brokenBody, namesIn, withData } from "./data.ts";
import { DataFolder } from "../../src/service/data_folder.ts";
import { formulaModel } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { writeStack } from "../support/stacks.ts";

const STACK = await stackBytes({});

async function stackBytes(wish: Parameters<typeof writeStack>[1]): Promise<Uint8Array> {
  const path = await Deno.makeTempFile();
  await writeStack(path, wish);
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  return bytes;
}

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text();
}

Deno.test("a stack is kept as it came, and described", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    const { bytes, sha256, info } = await files.receive(id, bodyOf(STACK, 1000));
    assert.deepEqual(Deno.readFileSync(data.job(id).input(1)), STACK);
    assert.equal(bytes, STACK.length);
    assert.equal(sha256, createHash("sha256").update(STACK).digest("hex"));
    assert.deepEqual(info.sizes, { t: 1, c: 1, z: 3, y: 32, x: 48 });
  }));

Deno.test("stacks of one job are kept in the order in which they came", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    const other = await stackBytes({ sizes: { z: 5 } });
    await files.receive(id, bodyOf(STACK));
    await files.receive(id, bodyOf(other));
    assert.deepEqual(namesIn(data.job(id).path), ["input-1.tif", "input-2.tif"]);
    assert.deepEqual(Deno.readFileSync(data.job(id).input(2)), other);
  }));

Deno.test("an upload whose client goes away leaves nothing", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    await assert.rejects(files.receive(id, brokenBody(STACK)), /the client is gone/);
    assert.deepEqual(namesIn(data.jobs), []);
  }));

Deno.test("an upload on a full disk fails as such and leaves nothing", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    await Deno.symlink("/dev/full", `${data.job(id).input(1)}.partial`);
    await assert.rejects(files.receive(id, bodyOf(STACK)), { code: "ENOSPC" });
    assert.deepEqual(namesIn(data.jobs), []);
  }));

const cut = STACK.slice(0, STACK.length - 500);
for (
  const [what, bytes, sentence] of [
    ["no TIFF", new TextEncoder().encode("GIF89a, not a TIFF at all"), /TIFF/],
    ["an empty file", new Uint8Array(), /TIFF|empty/i],
    ["a TIFF whose last slice is cut", cut, /Cannot read the stack: /],
  ] as const
) {
  Deno.test(`an upload of ${what} is refused and leaves nothing`, () =>
    withData(async ({ data, files }) => {
      const id = await files.create();
      await assert.rejects(files.receive(id, bodyOf(bytes)), (error: Error) => {
        assert.match(error.message, sentence);
        assert.ok(!error.message.includes(data.path), "the sentence shows a path of the server");
        return true;
      });
      assert.deepEqual(namesIn(data.jobs), []);
    }));
}

Deno.test("a stack of more samples than allowed is refused", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    await assert.rejects(files.receive(id, bodyOf(STACK)), {
      name: "PayloadTooLarge",
      message: "The stack has 4608 samples; this service takes 4607.",
    });
    assert.deepEqual(namesIn(data.jobs), []);
  }, 4607));

const tiffs = shared("tiffs");
Deno.test({
  name: "every hostile TIFF is refused in a sentence, and none is kept",
  ignore: tiffs === undefined,
  fn: () =>
    withData(async ({ data, files }) => {
      const names = [...Deno.readDirSync(tiffs!)].map(({ name }) => name);
      const bad = names.filter((name) => name.startsWith("bad_"));
      assert.ok(bad.length > 10);
      for (const name of bad) {
        const bytes = Deno.readFileSync(join(tiffs!, name));
        await assert.rejects(
          files.receive(await files.create(), bodyOf(bytes)),
          { name: /^(TiffError|InputError|PayloadTooLarge)$/ },
          name,
        );
      }
      assert.deepEqual(namesIn(data.jobs), []);
    }, 1e9),
});

Deno.test("a job keeps its model as it was, whatever becomes of the store's", () =>
  withData(async ({ data, models, files }) => {
    const first = formulaModel("zaugnet");
    const second = writeModel(readModel(first, "m"), { storage: "F16" });
    await models.put("m", bodyOf(first));
    const id = await files.create("m");
    await models.put("m", bodyOf(second));
    await models.remove("m");
    assert.deepEqual(Deno.readFileSync(data.job(id).model), first);
  }));

Deno.test("results can be read whole or in part, when they are there", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    assert.equal(await files.open(id, "stack"), undefined);
    Deno.writeTextFileSync(data.job(id).output("ome"), "0123456789");
    const file = await files.open(id, "stack");
    assert.equal(file?.size, 10);
    assert.equal(await textOf(file!.read(0, 10)), "0123456789");
    assert.equal(await textOf(file!.read(3, 5)), "34");
  }));

Deno.test("the validation picture of a training is that of the last epoch", () =>
  withData(async ({ data, files }) => {
    const id = await files.create();
    const { run } = data.job(id);
    Deno.mkdirSync(run);
    for (const n of [2, 9, 10]) Deno.writeTextFileSync(`${run}/validation-${n}.png`, `epoch ${n}`);
    const file = await files.open(id, "validation");
    assert.equal(await textOf(file!.read(0, file!.size)), "epoch 10");
  }));

Deno.test("a job that is running keeps its folder, one that ended is removed with it", () =>
  withData(async ({ data, queue, files }) => {
    const id = await files.create();
    await queue.add({ id, kind: "prediction", options: {} });
    await queue.lease("w", 30);
    await files.remove(id);
    assert.equal(Deno.statSync(data.job(id).path).isDirectory, true);
    await queue.finish(id, "w", { state: "cancelled" });
    await files.remove(id);
    assert.equal(await queue.get(id), undefined);
    assert.deepEqual(await data.jobIds(), []);
  }));

Deno.test("ended jobs are removed with their folders when their time is over", () =>
  withData(async ({ data, queue, files }) => {
    const [ended, waiting] = [await files.create(), await files.create()];
    for (const id of [ended, waiting]) await queue.add({ id, kind: "prediction", options: {} });
    await queue.cancel(ended);
    await files.removeEndedBefore(Date.now() + 1000);
    assert.deepEqual(await data.jobIds(), [waiting]);
  }));

Deno.test("what a killed service left of uploads is removed, and nothing else", () =>
  withData(async ({ data, queue, files }) => {
    const [queued, stray] = [await files.create(), await files.create()];
    await queue.add({ id: queued, kind: "prediction", options: {} });
    Deno.writeTextFileSync(`${data.job(stray).input(1)}.partial`, "half");
    await files.removeStrays();
    assert.deepEqual(await data.jobIds(), [queued]);
  }));

Deno.test("a data folder serves one service at a time", () =>
  withData(async ({ data }) => {
    await assert.rejects(
      DataFolder.open(data.path),
      /Another service uses .*, or choose another data\./,
    );
  }));

Deno.test("nothing but an id of ours leads to a job's folder", () =>
  withData(({ data }) => {
    for (const id of ["..", "../../etc", "", "a/b", "C:\\x", `${crypto.randomUUID()}/..`]) {
      assert.throws(() => data.job(id), /not an id of a job/);
    }
    return Promise.resolve();
  }));
