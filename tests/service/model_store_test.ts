import assert from "assert";
import { createHash } from "node:crypto";
import { readModel, writeModel } from "../../src/core.ts";
import { readSafetensors } from "../../src/io/safetensors.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { call, torchFile } from "../io/torch_fixture.ts";
import { formulaModel } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { bodyOf, brokenBody, namesIn, withData } from "./data.ts";

const MODEL = formulaModel("zaugnet", PAPER_WIDTHS.generator);

/** A .pt that would run a command if its reader did what it says. */
const HOSTILE = torchFile(call("os", "system", ["touch hostile"]));
const reference = shared("model/reference.pt");

Deno.test("a model is kept byte for byte, and described", () =>
  withData(async ({ data, models }) => {
    const stored = await models.put("liver-2.v1", bodyOf(MODEL));
    assert.deepEqual(Deno.readFileSync(`${data.models}/liver-2.v1.safetensors`), MODEL);
    assert.deepEqual(stored, {
      name: "liver-2.v1",
      variant: "zaugnet",
      parameters: stored.parameters,
      bytes: MODEL.length,
      notes: [],
      sha256: createHash("sha256").update(MODEL).digest("hex"),
    });
    assert.equal(stored.parameters, 10_055_708);
    assert.deepEqual(await models.list(), [stored]);
  }));

Deno.test({
  name: "a .pt is kept as safetensors with the same weights",
  ignore: reference === undefined,
  fn: () =>
    withData(async ({ data, models }) => {
      const bytes = Deno.readFileSync(reference!);
      await models.put("pt", bodyOf(bytes, 1 << 20));
      const kept = readSafetensors(Deno.readFileSync(`${data.models}/pt.safetensors`)).weights;
      const before = readModel(bytes, "reference.pt").weights;
      assert.equal(kept.size, before.size);
      for (const [name, { data }] of before) assert.deepEqual(kept.get(name)?.data, data, name);
    }),
});

Deno.test("what is not a model is refused and leaves nothing, not even of the one before", () =>
  withData(async ({ data, models }) => {
    const before = await models.put("m", bodyOf(MODEL));
    for (const bytes of [new Uint8Array(), new Uint8Array(99), MODEL.slice(0, 1e6), HOSTILE]) {
      await assert.rejects(models.put("m", bodyOf(bytes)), { name: "CheckpointError" });
    }
    await assert.rejects(models.put("m", brokenBody(MODEL)), /the client is gone/);
    assert.deepEqual(namesIn(data.models), ["m.safetensors"]);
    assert.deepEqual(await models.get("m"), before);
  }));

Deno.test("a name that could be a path leads to no model", () =>
  withData(async ({ models }) => {
    for (const name of ["../x", "a/b", "", ".hidden", "-flag", "x".repeat(65), "a\0b", "ü"]) {
      assert.equal(await models.get(name), undefined, name);
      assert.equal(await models.open(name), undefined, name);
      assert.equal(await models.remove(name), false, name);
      await assert.rejects(models.put(name, bodyOf(MODEL)), /name of a model/);
    }
  }));

Deno.test("a model that is put again is described anew", () =>
  withData(async ({ models }) => {
    const before = await models.put("m", bodyOf(MODEL));
    const half = writeModel(readModel(MODEL, "m"), { storage: "F16" });
    const { bytes, sha256 } = await models.put("m", bodyOf(half));
    assert.equal(bytes, half.length);
    assert.notEqual(sha256, before.sha256);
    assert.equal((await models.list())[0].sha256, sha256);
  }));

Deno.test("a file that is not a model hides no other from the list", () =>
  withData(async ({ data, models }) => {
    await models.put("good", bodyOf(MODEL));
    Deno.writeTextFileSync(`${data.models}/copied.safetensors`, "oops");
    assert.deepEqual((await models.list()).map(({ name }) => name), ["good"]);
    assert.equal(await models.remove("good"), true);
    assert.deepEqual(await models.list(), []);
  }));
