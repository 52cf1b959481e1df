import assert from "assert";
import { join } from "node:path";
import { predictCommand } from "../../src/cli/predict.ts";
import type { OpenApi } from "./document.ts";
import { stackBytes, tiff, withService } from "./service.ts";

const stack = await stackBytes({ sizes: { z: 7 } });

/** Flags of this machine and of this run: a server has its own, or does so by itself. */
const NOT_OFFERED = [
  ...["adapter", "adapters", "workers-per-adapter", "memory", "host-memory", "precision"],
  ...["profile", "server", "token-file", "output", "resume", "shard", "dry-run", "json", "weights"],
  // It predicts with the models that it holds.
  "method",
];

Deno.test("a prediction's options are the flags of zaugnet predict, by the same names", () =>
  withService(async ({ json }) => {
    const { paths } = await json<OpenApi>(200, "GET", "/openapi.json");
    const offered = paths["/predictions"].post.parameters!
      .filter((parameter) => parameter.in === "query").map(({ name }) => name);
    const flags = predictCommand().options.map(({ long }) => long!.slice(2));
    const expected = flags.filter((name) => !NOT_OFFERED.includes(name));
    assert.deepEqual(offered.toSorted(), [...expected, "format"].sort());
    assert.deepEqual(NOT_OFFERED.filter((name) => !flags.includes(name)), []);
  }));

Deno.test("slices to repair and an uncertainty are kept as they were asked for", () =>
  withService(async ({ json, queue }) => {
    const optionsOf = async (query: string) => {
      const { id, links } = await json(202, "POST", `/predictions?${query}`, tiff(stack));
      const { repair, uncertainty } = (await queue.get(id))!.options;
      return [repair, uncertainty, links.spread?.split("/").at(-1)];
    };
    assert.deepEqual(await optionsOf("model=plus&repair=6,2-3"), [
      ...[[2, 3, 6], undefined, undefined],
    ]);
    assert.deepEqual(await optionsOf("model=plain&repair=auto"), ["auto", undefined, undefined]);
    assert.deepEqual(await optionsOf("model=plain&uncertainty=true"), [undefined, true, "spread"]);
    assert.deepEqual(await optionsOf("model=plain&uncertainty=false"), [
      ...[undefined, undefined, undefined],
    ]);
  }));

for (
  const [query, sentence] of [
    ["model=plain&repair=3-1", /such as 3,7-9; or "auto"/],
    ["model=plain&repair=8", /7 slices, counted from 1/],
    ["model=plain&repair=1", /no good slice before/],
    ["model=plain&repair=2,3", /need a ZAugNet\+ model/],
    ["model=plain&repair=3&factor=2", /either repair or factor/],
    ["model=plain&repair=auto&uncertainty=true", /either repair or uncertainty/],
    ["model=plain&uncertainty=yes", /uncertainty/],
    ["model=plain&axes=ZZYX", /axes: It must be each of T, C and Z at most once/],
    ["model=plain&axes=TZYX&sizes=T=2", /sizes that multiply to 7, like sizes=/],
    ["model=plain&channels=2", /no 2 among the channels: the file has 1, from 1/],
    ["model=plain&spacing=0.001&voxel-size=1,1,1", /1000 parts, more than 64/],
    ["model=plain&axes=TYX", /7 frames .* say so with axes=ZYX/],
  ] as const
) {
  Deno.test(`a prediction with ${query} is refused before it is queued`, () =>
    withService(async ({ ask, data }) => {
      const response = await ask("POST", `/predictions?${query}`, tiff(stack));
      assert.match((await response.json()).detail, sentence);
      assert.ok([400, 422].includes(response.status), `${response.status}`);
      assert.deepEqual(await data.jobIds(), []);
    }));
}

Deno.test("the spread is there when the job succeeded, under its name", () =>
  withService(async ({ ask, json, data, finish }) => {
    const query = "model=plain&uncertainty=true&format=ome";
    const { id } = await json(202, "POST", `/predictions?${query}`, tiff(stack));
    const path = `/predictions/${id}/spread`;
    assert.match((await json(409, "GET", path)).detail, /queued: its spread is not there yet/);
    const bytes = Uint8Array.of(1, 2, 3);
    await Deno.writeFile(join(data.job(id).path, "output-spread.ome.tif"), bytes);
    await finish(id);
    const response = await ask("GET", path);
    assert.deepEqual(await response.bytes(), bytes);
    assert.equal(
      response.headers.get("Content-Disposition"),
      `attachment; filename="${id}-spread.ome.tif"`,
    );
  }));

Deno.test("a stack that needs no repair is told as such, in place of a stack", () =>
  withService(async ({ json, queue }) => {
    const { id } = await json(202, "POST", "/predictions?model=plain&repair=auto", tiff(stack));
    await queue.lease("worker", 60);
    await queue.finish(id, "worker", { state: "succeeded", result: { repaired: [] } });
    const { detail } = await json(409, "GET", `/predictions/${id}/stack`);
    assert.equal(detail, "The prediction succeeded, without a stack: no slice needs repair.");
  }));

Deno.test("a stack is read as the query says, and the job keeps how", () =>
  withService(async ({ json, queue }) => {
    const query =
      "model=plain&axes=TCZYX&sizes=C=1&voxel-size=300,100,100,nm&per=stack&spacing=150";
    const frames = await stackBytes({ sizes: { t: 2, z: 3 } });
    const { id } = await json(202, "POST", `/predictions?${query}&frames=2`, tiff(frames));
    const { options } = (await queue.get(id))!;
    assert.equal(options.axes, "TCZYX");
    assert.deepEqual(options.sizes, { C: 1 });
    assert.deepEqual(options.voxelSize, { z: 300, y: 100, x: 100, unit: "nm" });
    assert.deepEqual([options.frames, options.per], [[2], "stack"]);
  }));

Deno.test("with sequence, the files of a form are slices of one stack, in the order of their names", () =>
  withService(async ({ ask, json, data, queue }) => {
    const form = new FormData();
    const slices = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const name of ["s10.tif", "s1.tif", "s2.tif"]) {
      const bytes = await stackBytes({ sizes: { z: 1, y: 8, x: 8 }, kept: { info: name } });
      slices.set(name, bytes);
      form.append("stack", new File([bytes], name, { type: "image/tiff" }));
    }
    const refused = await ask("POST", "/predictions?model=plain", { body: form });
    assert.match((await refused.json()).detail, /several files as one: sequence=true/);
    const { id } = await json(202, "POST", "/predictions?model=plain&sequence=true", {
      body: form,
    });
    const { options } = (await queue.get(id))!;
    assert.equal((options.inputs as { parts: number }[])[0].parts, 3);
    const kept = await Promise.all([1, 2, 3].map((n) => Deno.readFile(data.job(id).input(n))));
    assert.deepEqual(kept, ["s1.tif", "s2.tif", "s10.tif"].map((name) => slices.get(name)));
  }));

Deno.test("a sequence may have hundreds of files, and none is left out", () =>
  withService(async ({ json, queue }) => {
    const bytes = await stackBytes({ sizes: { z: 1, y: 2, x: 2 } });
    const form = new FormData();
    for (let i = 1; i <= 250; i++) form.append("stack", new File([bytes], `s${i}.tif`));
    const { id } = await json(202, "POST", "/predictions?model=plain&sequence=true", {
      body: form,
    });
    const { options } = (await queue.get(id))!;
    assert.equal((options.inputs as { parts: number }[])[0].parts, 250);
  }));
