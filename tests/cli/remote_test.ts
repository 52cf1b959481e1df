import assert from "assert";
import { join } from "node:path";
import { inTemporaryFolder, runCli, startCli } from "../support/cli.ts";
import type { StoredModel } from "../../src/service/model_store.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { TestServer } from "../support/server.ts";
import { readStack, writeStack } from "../support/stacks.ts";

const TOKEN = "a token of the tests".replaceAll(" ", "-");
const model = formulaModelFile("zaugnet+");

/** Gives a test a service that asks for a token, and flags to reach it. */
function withServer(
  test: (server: TestServer, folder: string, flags: readonly string[]) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const token = join(folder, "token");
    await Deno.writeTextFile(token, `${TOKEN}\n`);
    const server = await TestServer.start(join(folder, "data"), "--token-file", token);
    try {
      await test(server, folder, ["--server", server.url(""), "--token-file", token]);
    } finally {
      await server.stop();
    }
  });
}

/** What a stack holds: its samples and its facts, without what tells of the model's name. */
async function contentsOf(path: string) {
  const { info, readSlice } = await readStack(path);
  const { "zaugnet.model": _, ...extras } = info.extras!;
  const slices = [];
  for (let z = 0; z < info.sizes.z; z++) slices.push(await readSlice(0, 0, z));
  return { info: { ...info, extras }, slices };
}

Deno.test("predict --server makes the same stack as predict, in both formats, and cleans up", () =>
  withServer(async (server, folder, flags) => {
    const stack = join(folder, "stack.tif");
    await writeStack(stack, { sampleType: "uint16" });
    const what = [stack, "--model", model, "--dpm", "0.25,0.5", "--range", "0,30000"];
    for (const name of ["a.tif", "a.ome.tif"]) {
      const [here, there] = [join(folder, `here-${name}`), join(folder, `there-${name}`)];
      assert.equal((await runCli("predict", ...what, "--output", here)).code, 0);
      const { code, stdout, stderr } = await runCli("predict", ...what, "-o", there, ...flags);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /there-a.* 4 slices predicted/);
      assert.deepEqual(await contentsOf(there), await contentsOf(here));
    }
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const models: StoredModel[] = await (await server.fetch("/models", { headers })).json();
    const sent = models.filter(({ bundled }) => !bundled);
    assert.equal(sent.length, 1, "the model is sent once");
    assert.deepEqual(await (await server.fetch("/predictions", { headers })).json(), []);
  }));

Deno.test("predict --server repairs, and brings an uncertainty's spread, as predict does", () =>
  withServer(async (_server, folder, flags) => {
    const stack = join(folder, "stack.tif");
    await writeStack(stack, { sizes: { z: 5 } });
    const both = async (name: string, ...wish: string[]) => {
      const [here, there] = [join(folder, `here-${name}`), join(folder, `there-${name}`)];
      const what = ["predict", stack, "--model", model, ...wish];
      assert.equal((await runCli(...what, "--output", here)).code, 0);
      const result = await runCli(...what, "--output", there, ...flags);
      assert.equal(result.code, 0, result.stderr);
      return { here, there, said: result.stdout };
    };
    const repaired = await both("a.tif", "--repair", "2-3");
    assert.deepEqual(await contentsOf(repaired.there), await contentsOf(repaired.here));
    const mean = await both("b.ome.tif", "--uncertainty");
    for (const name of ["b.ome.tif", "b-spread.ome.tif"]) {
      const [here, there] = ["here-", "there-"].map((side) => join(folder, side + name));
      assert.deepEqual(await contentsOf(there), await contentsOf(here));
    }
    assert.match(mean.said, /there-b\.ome\.tif: 4 slices predicted/);
    const whole = await both("c.tif", "--repair", "auto");
    assert.match(whole.said, /stack\.tif needs no repair; nothing was written\./);
    assert.ok(![...Deno.readDirSync(folder)].some(({ name }) => name.endsWith("c.tif")));
  }));

Deno.test("predict --server goes on after a bad stack and tells the server's sentence", () =>
  withServer(async (_server, folder, flags) => {
    const inputs = join(folder, "inputs");
    await Deno.mkdir(inputs);
    await Deno.writeTextFile(join(inputs, "a.tif"), "no stack");
    await writeStack(join(inputs, "b.tif"));
    const outputs = join(folder, "outputs/");
    const args = ["predict", inputs, "--model", model, "-o", outputs, "--json", ...flags];
    const { code, stdout, stderr } = await runCli(...args);
    assert.equal(code, 2);
    assert.match(stderr, /error: .*a\.tif: The server says: .*TIFF/);
    const { files } = JSON.parse(stdout);
    assert.match(files[0].error, /The server says/);
    assert.deepEqual(files[1].result.outputSizes, { t: 1, c: 1, z: 5, y: 32, x: 48 });
    assert.deepEqual([...Deno.readDirSync(outputs)].map(({ name }) => name), ["b.tif"]);

    const single = ["predict", join(inputs, "b.tif"), "--model", model, "-o", outputs, ...flags];
    const odd = await runCli(...single, "--tile", "33");
    assert.match(odd.stderr, /The server says: --tile must be a multiple of 16 .*, not 33\.$/m);

    const wrong = join(folder, "wrong");
    await Deno.writeTextFile(wrong, "wrong");
    const refused = await runCli(...args, "--token-file", wrong);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^error: The server says: .*token/m);
  }));

Deno.test("predict --server that is interrupted cancels its job there and leaves no file", () =>
  withServer(async (server, folder, flags) => {
    const stack = join(folder, "stack.tif");
    await writeStack(stack, { sizes: { z: 60, y: 256, x: 256 } });
    const output = join(folder, "output.tif");
    const client = startCli(["predict", stack, "--model", model, "-o", output, ...flags]);
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const states = async () =>
      (await (await server.fetch("/predictions", { headers })).json())
        .map(({ state, cancelling }: { state: string; cancelling: boolean }) =>
          cancelling ? "cancelling" : state
        );
    while ((await states())[0] !== "running") await new Promise((r) => setTimeout(r, 100));
    client.kill("SIGINT");
    const { code } = await client.output();
    assert.equal(code, 130);
    assert.match((await states())[0], /^cancel/);
    assert.ok(![...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("output")));
  }));

Deno.test("predict --server says so where nobody answers, and refuses flags of this machine", () =>
  inTemporaryFolder(async (folder) => {
    const stack = join(folder, "stack.tif");
    await writeStack(stack);
    const args = ["predict", stack, "--model", model, "-o", join(folder, "o.tif"), "--server"];
    for (
      const [more, sentence] of [
        [["http://127.0.0.1:1"], /The server at http:\/\/127\.0\.0\.1:1 does not answer/],
        [["localhost"], /--server localhost is not an address/],
        [["http://127.0.0.1:1", "--adapter", "0"], /cannot be used with/],
      ] as const
    ) {
      const { code, stderr } = await runCli(...args, ...more);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    }
  }));
