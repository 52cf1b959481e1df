import assert from "assert";
import { SqliteQueue } from "../../src/service/sqlite_queue.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { namesIn } from "../service/data.ts";
import { post, putModel, result, stackBytes, until, withServer } from "./bench.ts";

const LONG = await stackBytes({ sizes: { z: 160, y: 64, x: 64 } });

/** How often each job was taken, from the queue itself. */
async function attemptsOf(folder: string): Promise<number[]> {
  const queue = new SqliteQueue(`${folder}/queue.sqlite`);
  const jobs = await queue.list("prediction", 99);
  await queue.close();
  return jobs.map(({ attempts }) => attempts).reverse();
}

Deno.test({
  name: "a service killed in the middle finishes every job once, and shows no half result",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const paths: string[] = [];
      await withServer(folder, [], async (server) => {
        await putModel(server);
        for (let i = 0; i < 3; i++) paths.push(await post(server, LONG));
        await until(server, paths[0], ({ progress }) => (progress?.done ?? 0) > 0);
        Deno.kill(server.service.pid, "SIGKILL");
        assert.notEqual(await server.end(), 0);
      });
      assert.deepEqual(namesIn(folder).filter((name) => name.endsWith("output.tif")), []);
      await withServer(folder, [], async (server) => {
        const early = await server.fetch(`${paths[2]}/stack`);
        assert.equal(early.status, 409);
        await early.body?.cancel();
        const results: Uint8Array[] = [];
        for (const path of paths) {
          await until(server, path, ({ state }) => state === "succeeded");
          results.push(await result(server, path));
        }
        assert.ok(results[0].length > 319 * 64 * 64);
        for (const other of results.slice(1)) assert.deepEqual(other, results[0]);
        assert.equal(await server.stop(), 0, server.said);
      });
      assert.deepEqual(await attemptsOf(folder), [2, 1, 1]);
      assert.deepEqual(namesIn(folder).filter((name) => name.endsWith(".partial")), []);
    }),
});

Deno.test({
  name: "a service whose launcher is killed ends, and lets the job under way end before",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await withServer(folder, [], async (server) => {
        await putModel(server);
        const path = await post(server, LONG);
        await until(server, path, ({ state }) => state === "running");
        await server.stop("SIGKILL");
      });
      await withServer(folder, [], async (server) => {
        const [id] = [...Deno.readDirSync(`${folder}/jobs`)].map(({ name }) => name);
        await until(server, `/predictions/${id}`, ({ state }) => state === "succeeded");
        assert.equal(await server.stop(), 0);
      });
      assert.deepEqual(await attemptsOf(folder), [1]);
    }),
});
