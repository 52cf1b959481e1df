import assert from "assert";
import postgres from "postgres";
import { DataFolder } from "../../src/service/data_folder.ts";
import { JobFiles } from "../../src/service/job_files.ts";
import { ModelStore } from "../../src/service/model_store.ts";
import { PostgresQueue } from "../../src/service/postgres_queue.ts";
import type { Job } from "../../src/service/queue.ts";
import { bodyOf, namesIn } from "../service/data.ts";
import { queuePrediction, until as untilJob } from "../service/compute_fixture.ts";
import { inTemporaryFolder, runCli, startCli } from "../support/cli.ts";
import { formulaModel } from "../support/formula_model.ts";
import { PASSWORD, startCluster } from "../support/postgres.ts";
import { TestServer } from "../support/server.ts";
import { post, putModel, result, stackBytes, until, withServer } from "./bench.ts";

/** Long enough to be killed in the middle: 159 batches. */
const LONG = { sizes: { z: 160, y: 64, x: 64 } };
const cluster = await startCluster();
Deno.test.afterAll(() => cluster?.stop());

/** A test with a queue and a folder that several processes share. */
function test(name: string, work: (url: string, folder: string) => Promise<void>): void {
  const ignore = !cluster || Deno.build.os !== "linux";
  Deno.test({
    name,
    ignore,
    fn: () => inTemporaryFolder(async (folder) => work(await cluster!.create(), folder)),
  });
}

/** A `zaugnet worker`, ready for jobs. */
class TestWorker {
  said = "";
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<void>;

  constructor(url: string, folder: string) {
    this.#process = startCli(["worker", "--queue", url, "--data", folder]);
    void this.#process.stdout.cancel();
    this.#ended = this.#process.stderr.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (this.said += text) }));
  }

  /** What the queue knows it by, once it takes jobs. */
  async name(): Promise<string> {
    const state = { ended: false };
    this.#ended.then(() => state.ended = true);
    while (!state.ended) {
      const name = this.said.match(/^Taking jobs as (.*)\.$/m)?.[1];
      if (name) return name;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The worker did not start: ${this.said}`);
  }

  async stop(signal: Deno.Signal): Promise<number> {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended by itself.
    }
    await this.#ended;
    return (await this.#process.status).code;
  }
}

test(
  "a worker killed in the middle is replaced by another, and each job is done once",
  async (url, folder) => {
    const data = await DataFolder.open(folder, true);
    const queue = await PostgresQueue.open(url);
    const workers: TestWorker[] = [];
    try {
      const open = {
        data,
        queue,
        files: new JobFiles(data, queue, 1e6),
        models: new ModelStore(data),
      };
      await open.models.put("m", bodyOf(formulaModel("zaugnet"), 1 << 20));
      for (let i = 0; i < 2; i++) workers.push(new TestWorker(url, folder));
      const [killed] = await Promise.all(workers.map((worker) => worker.name()));
      const ids: string[] = [];
      for (let i = 0; i < 4; i++) ids.push(await queuePrediction(open, LONG, { batchSize: 1 }));
      const begun = ({ state, progress }: Job) => state === "running" && (progress?.done ?? 0) > 0;
      for (const id of ids.slice(0, 2)) await untilJob(open, id, begun);
      await workers[0].stop("SIGKILL");
      const lost = await endLease(url, killed);
      for (const id of ids) await untilJob(open, id, "succeeded");
      const attempts = await Promise.all(ids.map(async (id) => (await queue.get(id))!.attempts));
      assert.deepEqual(attempts, ids.map((id) => id === lost ? 2 : 1));
      const results = ids.map((id) => Deno.readFileSync(data.job(id).output("imagej")));
      for (const other of results) assert.deepEqual(other, results[0]);
      for (const id of ids) {
        const names = ["input-1.tif", "model.safetensors", "output.tif"];
        assert.deepEqual(namesIn(data.job(id).path), names);
      }
      assert.equal(await workers[1].stop("SIGTERM"), 0, workers[1].said);
      for (const { said } of workers) assert.ok(!said.includes(PASSWORD), said);
    } finally {
      for (const worker of workers) await worker.stop("SIGKILL");
      await queue.close();
      data.close();
    }
  },
);

/** The half minute passes after which a worker's job is another's; answers the job. */
async function endLease(url: string, name: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  const jobs = await sql`
    UPDATE zaugnet_jobs SET leased_until = 0
    WHERE worker = ${`${name}-0`} AND state = 'running' RETURNING id`;
  await sql.end();
  assert.equal(jobs.length, 1);
  return jobs[0].id;
}

test(
  "two servers share a queue: what one takes on, the other shows and serves",
  (url, folder) =>
    withServer(
      folder,
      ["--queue", url],
      (one) =>
        withServer(folder, ["--queue", url], async (other) => {
          await putModel(one);
          const path = await post(one, await stackBytes({ sizes: { z: 3, y: 64, x: 64 } }));
          await until(other, path, ({ state }) => state === "succeeded");
          assert.ok((await result(other, path)).length > 5 * 64 * 64);
          const { command } = one.service;
          const { host } = new URL(url);
          assert.ok(command.includes(`--allow-net=127.0.0.1:0,${host}`), command.join(" "));
          assert.ok(!command.join(" ").includes(PASSWORD));
          const { code, said } = await TestServer.refusal("--data", folder);
          assert.equal(code, 2);
          assert.match(said, /Another service uses/);
          for (const server of [one, other]) {
            assert.equal(await server.stop(), 0, server.said);
            assert.ok(!server.said.includes(PASSWORD), server.said);
          }
        }),
    ),
);

test(
  "a queue that can't be used is refused with a sentence that tells no password",
  async (url, folder) => {
    await Deno.mkdir(`${folder}/jobs`);
    const wrong = url.replace(PASSWORD, "wr0ng-one");
    const nobody = "postgres://tester:wr0ng-one@127.0.0.1:9/x";
    const odd = "postgres://tester:wr0ng-one@/x";
    for (
      const [given, sentence] of [
        [wrong, /error: The queue 127\.0\.0\.1:\d+\/postgres can't be used: password auth.*tester/],
        [nobody, /error: The queue 127\.0\.0\.1:9\/x can't be used: .*refused/i],
        [odd, /error: --queue takes the address of a PostgreSQL database/],
      ] as const
    ) {
      const worker = await runCli("worker", "--queue", given, "--data", folder);
      const server = await TestServer.refusal("--data", folder, "--queue", given);
      for (const { code, said } of [{ code: worker.code, said: worker.stderr }, server]) {
        assert.equal(code, 2, said);
        assert.match(said, sentence);
        assert.doesNotMatch(said, /wr0ng| {4}at /);
      }
    }
  },
);

test(
  "a worker refuses a folder that no server has used, such as one not mounted",
  async (url, folder) => {
    const { code, stderr } = await runCli("worker", "--queue", url, "--data", folder);
    assert.equal(code, 2);
    assert.match(stderr, /is not a data folder of a server: mount it/);
    assert.deepEqual(namesIn(folder), []);
  },
);
