import assert from "assert";
import { BUNDLED_MODELS } from "../../src/files/bundled_models.ts";
import { DataFolder } from "../../src/service/data_folder.ts";
import { torchFile } from "../io/torch_fixture.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { namesIn } from "../service/data.ts";
import { stackBytes, tiff, withService } from "./service.ts";

interface ModelAnswer {
  readonly name: string;
  readonly variant: string;
  readonly sha256: string;
  readonly detail: string;
}

const LARGE = { limits: { bodyBytes: 100e6 } };

Deno.test("a model is put, listed, described, fetched and removed", () =>
  withService(async ({ ask, json }) => {
    const bytes = await Deno.readFile(formulaModelFile("zaugnet+"));
    const put = await json<ModelAnswer>(201, "PUT", "/models/nuclei.v2", { body: bytes });
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assert.deepEqual([put.name, put.variant, put.sha256], ["nuclei.v2", "zaugnet+", sha256]);
    const names = (await json<ModelAnswer[]>(200, "GET", "/models")).map(({ name }) => name);
    assert.deepEqual(names, ["zaugnet", "zaugnet+", "nuclei.v2", "plain", "plus"]);
    assert.deepEqual(await (await ask("GET", "/models/nuclei.v2")).bytes(), bytes);

    const body = new FormData();
    body.append("model", new Blob([bytes]), "other.safetensors");
    await json(201, "PUT", "/models/form", { body });
    assert.equal((await ask("DELETE", "/models/form")).status, 204);
    assert.equal((await ask("DELETE", "/models/nuclei.v2")).status, 204);
    await json(404, "DELETE", "/models/nuclei.v2");
    await json(404, "GET", "/models/nuclei.v2");
  }, LARGE));

Deno.test("the models that come with the program are offered, and stay as they are", () =>
  withService(async ({ ask, json, data }) => {
    const [plain, plus] = await json<ModelAnswer[]>(200, "GET", "/models");
    assert.deepEqual([plain.variant, plus.variant], ["zaugnet", "zaugnet+"]);
    const file = await Deno.readFile(BUNDLED_MODELS[1].path);
    assert.deepEqual(await (await ask("GET", "/models/zaugnet+")).bytes(), file);
    const body = await Deno.readFile(formulaModelFile("zaugnet"));
    for (const name of ["zaugnet", "zaugnet+"]) {
      const { detail } = await json<ModelAnswer>(409, "PUT", `/models/${name}`, { body });
      assert.equal(detail, `${name} comes with the program and stays: take another name.`);
      await json(409, "DELETE", `/models/${name}`);
    }
    assert.deepEqual(namesIn(data.models), ["plain.safetensors", "plus.safetensors"]);
  }, LARGE));

Deno.test("a prediction without a model is made with the one that fits what is asked", () =>
  withService(async ({ json, data, queue }) => {
    const body = await stackBytes();
    const asked = { "factor=4": "zaugnet", "factor=3": "zaugnet+", "model=zaugnet+": "zaugnet+" };
    for (const [query, name] of Object.entries(asked)) {
      const { id } = await json(202, "POST", `/predictions?${query}`, tiff(body));
      const model = BUNDLED_MODELS.find((model) => model.name === name)!;
      assert.deepEqual(await Deno.readFile(data.job(id).model), await Deno.readFile(model.path));
      assert.equal((await queue.get(id))!.options.model, name);
    }
  }));

Deno.test("a service does not start over a file with the name of a model of the program", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.mkdir(`${folder}/models`);
    await Deno.writeTextFile(`${folder}/models/zaugnet.safetensors`, "somebody's");
    await assert.rejects(DataFolder.open(folder), /zaugnet\.safetensors has the name of a model/);
    assert.equal(await Deno.readTextFile(`${folder}/models/zaugnet.safetensors`), "somebody's");
  }));

Deno.test("no name of a model leads out of its folder", () =>
  withService(async ({ ask, data }) => {
    for (const name of ["..%2Fqueue", ".hidden", "a%00b", "a".repeat(65), "a%5Cb"]) {
      const response = await ask("PUT", `/models/${name}`, { body: "x" });
      assert.ok([400, 404, 405].includes(response.status), `${name}: ${response.status}`);
    }
    assert.deepEqual(namesIn(data.models), ["plain.safetensors", "plus.safetensors"]);
  }));

Deno.test("what is not a model is refused, and what was there under its name stays", () =>
  withService(async ({ json, data }) => {
    const hostile: Record<string, Uint8Array<ArrayBuffer>> = {
      "a picture": new TextEncoder().encode("\x89PNG\r\n\x1a\n and more"),
      "nothing": new Uint8Array(),
      "an empty archive": torchFile({}),
      "a safetensors header that lies": Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 123),
    };
    const file = shared("golden/checkpoint_hostile.pt");
    if (file) hostile["a pickle that runs a program"] = await Deno.readFile(file);
    for (const [what, body] of Object.entries(hostile)) {
      const { detail } = await json<ModelAnswer>(422, "PUT", "/models/plain", { body });
      assert.ok(/[.]$/.test(detail) && !detail.includes("/tmp"), `${what}: ${detail}`);
    }
    assert.equal(await Deno.readTextFile(data.model("plain")!), "plain");
    assert.deepEqual(namesIn(data.models), ["plain.safetensors", "plus.safetensors"]);
  }));

Deno.test("a model that is larger than the limit is refused, and leaves nothing", () =>
  withService(async ({ json, data }) => {
    const body = ReadableStream.from([new Uint8Array(600), new Uint8Array(600)]);
    const { detail } = await json<ModelAnswer>(413, "PUT", "/models/large", { body });
    assert.match(detail, /more than 1000 bytes/);
    assert.deepEqual(namesIn(data.models), ["plain.safetensors", "plus.safetensors"]);
  }, { limits: { bodyBytes: 1000 } }));
