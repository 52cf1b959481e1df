import assert from "assert";
import { join } from "node:path";
import { tuningFolder } from "../../src/files/tuning.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { TestServer } from "../support/server.ts";
import { withSwiftShader } from "../support/swiftshader.ts";
import { namesIn } from "../service/data.ts";
import { post, putModel, stackBytes, until, withServer } from "./bench.ts";

const SMALL = await stackBytes({ sizes: { z: 3, y: 64, x: 64 } });

for (
  const [what, flags, sentence] of [
    ["to let others in without a token", ["--host", "0.0.0.0"], /--token-file FILE/],
    ["a token's file that is missing", ["--token-file", "none"], /none can't be read/],
    ["a short token", ["--token-file", "short"], /at least 16 characters/],
    ["a port that is none", ["--port", "70000"], /from 0 to 65535/],
    ["an unknown flag", ["--prot", "80"], /--port/],
  ] as const
) {
  Deno.test(`the server refuses ${what} with one sentence and exit code 2`, () =>
    inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, "short"), "secret\n");
      const given = flags.map((flag) => flag === "short" ? join(folder, flag) : flag);
      const { code, said } = await TestServer.refusal("--data", join(folder, "data"), ...given);
      assert.equal(code, 2);
      assert.match(said, sentence);
      assert.ok(!said.includes("    at "), said);
      assert.deepEqual(namesIn(folder), ["short"]);
    }));
}

Deno.test("serve names the task of a checkout that may start it", async () => {
  const { code, stderr } = await runCli("serve");
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "error: The service starts in a separate process, with `deno task serve`.\n",
  );
});

Deno.test({
  name: "the service may write its data, listen on its port, and no more",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporaryFolder((folder) =>
      withServer(folder, [], (server) => {
        const { command } = server.service;
        const given = command.filter((word) => /^(-A|--allow|--deny|-[RWNES])/.test(word));
        const names = given.map((word) => word.split("=")[0]).sort();
        assert.deepEqual(names, ["--allow-env", "--allow-net", "--allow-read", "--allow-write"]);
        assert.ok(given.includes(`--allow-write=${folder}`));
        assert.ok(given.includes("--allow-net=127.0.0.1:0"));
        const reads = given.find((word) => word.startsWith("--allow-read="))!.slice(13).split(",");
        const root = Deno.cwd();
        assert.deepEqual(reads, [
          folder,
          ...["src", "mod.ts", "deno.json", "deno.lock"].map((name) => join(root, name)),
          tuningFolder()!,
        ]);
        return Promise.resolve();
      })
    ),
});

Deno.test("the server ends at a signal with the job under way done, whoever still listens", () =>
  inTemporaryFolder((folder) =>
    withServer(folder, [], async (server) => {
      await putModel(server);
      const path = await post(server, SMALL);
      await until(server, path, ({ state }) => state === "running");
      const events = (await server.fetch(`${path}/events`)).body!.getReader();
      await events.read();
      assert.equal(await server.stop(), 0);
      await events.cancel().catch(() => {});
      const made = namesIn(folder).filter((name) => name.includes("output"));
      assert.deepEqual(made, [`jobs/${path.split("/")[2]}/output.tif`]);
    })
  ));

Deno.test("a second server on the same data is refused", () =>
  inTemporaryFolder((folder) =>
    withServer(folder, [], async () => {
      const { code, said } = await TestServer.refusal("--data", folder, "--port", "0");
      assert.equal(code, 2);
      assert.match(said, /Another service uses/);
    })
  ));

Deno.test("a client that goes away in the middle of an upload leaves nothing", () =>
  inTemporaryFolder((folder) =>
    withServer(folder, [], async (server) => {
      await putModel(server);
      const { hostname, port } = new URL(server.url("/"));
      const client = await Deno.connect({ hostname, port: Number(port) });
      const head = `POST /predictions?model=m HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
        `Content-Type: image/tiff\r\nContent-Length: ${SMALL.length}\r\n\r\n`;
      await client.write(new TextEncoder().encode(head));
      await client.write(SMALL.slice(0, 5000));
      const inputs = () => namesIn(folder).filter((name) => name.startsWith("jobs/"));
      while (!inputs().some((name) => name.endsWith(".partial"))) {
        await server.fetch("/health/live");
      }
      client.close();
      while (inputs().length > 0) await server.fetch("/health/live");
      assert.deepEqual(await (await server.fetch("/predictions")).json(), []);
    })
  ));

Deno.test("an ended job is removed with its files when its time is over", () =>
  inTemporaryFolder((folder) =>
    withServer(folder, ["--keep-hours", "0.0003"], async (server) => {
      await putModel(server);
      const path = await post(server, SMALL);
      let status = 200;
      while (status === 200) {
        const answer = await server.fetch(path);
        ({ status } = answer);
        await answer.body?.cancel();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(status, 404);
      assert.deepEqual(namesIn(join(folder, "jobs")), []);
    })
  ));

Deno.test("the server computes on the adapters that it is given, and refuses one that is none", () =>
  inTemporaryFolder(async (folder) => {
    const data = join(folder, "data");
    await withServer(data, ["--adapters", "llvmpipe"], async (server) => {
      const adapters = await (await server.fetch("/adapters")).json();
      assert.deepEqual(adapters.map(({ index }: { index: number }) => index), [0]);
      assert.match(adapters[0].name, /^llvmpipe/);
    });
    const flags = ["--data", data, "--port", "0", "--adapters", "tpu"];
    const { code, said } = await TestServer.refusal(...flags);
    assert.equal(code, 2);
    assert.match(said, /^error: There is no adapter tpu; there are 0 \(/m);
  }));

withSwiftShader(
  "the server does two jobs at once on two adapters, one on each",
  () =>
    inTemporaryFolder((folder) =>
      withServer(folder, ["--adapters", "all"], async (server) => {
        const adapters = await (await server.fetch("/adapters")).json();
        const names = adapters.map(({ name }: { name: string }) => name.split(" ")[0]);
        assert.deepEqual(names, ["llvmpipe", "SwiftShader"]);
        await putModel(server);
        const jobs = [await post(server, SMALL), await post(server, SMALL)];
        const done = jobs.map((path) => until(server, path, ({ state }) => state === "succeeded"));
        const [a, b] = await Promise.all(done);
        assert.ok(a.startedAt! < b.finishedAt! && b.startedAt! < a.finishedAt!);
      })
    ),
);
