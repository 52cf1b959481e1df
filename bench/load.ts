/**
 * Load on the real service, on loopback: 64 small stacks and 8 large ones sent at once, each
 * followed and fetched by its own client and compared byte by byte with the command line's
 * result; then the large ones alone, in turn with the command line. One JSON line on standard output
 * and in bench/results/load/. Throws where a result is lost, doubled or wrong.
 *
 *   LP_NUM_THREADS=1 deno task bench:load [rounds, 2] [side of large stacks, 256]
 */
import { PAPER_WIDTHS } from "../src/zaugnet/widths.ts";
import assert from "assert";
import { join } from "node:path";
import { formulaModel } from "../tests/support/formula_model.ts";
import { runCli, startCli } from "../tests/support/cli.ts";
import { TestServer } from "../tests/support/server.ts";
import { shared } from "../tests/support/shared.ts";
import { writeStack } from "../tests/support/stacks.ts";
import { CpuClock, type Rate } from "./cpu_clock.ts";
import { appendLoad, commit } from "./results.ts";

const [rounds = 2, side = 256] = Deno.args.map(Number);
const MODEL = "m.safetensors";

/** A stack of the load, and what the command line makes of it. */
interface Stack {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly expected: Uint8Array;
  /** Slices that are predicted, with the factor 2. */
  readonly slices: number;
}

/** A job as the service shows it when it has ended. */
interface Ended {
  readonly id: string;
  readonly createdAt: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

const folder = await Deno.makeTempDir();
try {
  await prepareModel();
  const small = await makeStacks("small", 8, { z: 3, y: 64, x: 64 });
  const large = await makeStacks("large", 8, { z: 5, y: side, x: side });
  const server = await TestServer.start(join(folder, "data"), "--rate", "1000");
  try {
    await putModel(server);
    const mixed = await mixedLoad(server, small, large);
    const pairs = [];
    for (let round = 0; round < rounds; round++) {
      const pair = { service: await serviceRate(server, large), cli: await cliRate(large) };
      console.error(JSON.stringify(pair));
      pairs.push(pair);
    }
    await report(server, mixed, pairs);
  } finally {
    await server.stop();
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** The trained checkpoint where it is to be had, else the tests' formula, as safetensors. */
async function prepareModel(): Promise<void> {
  const trained = shared("model/reference.pt");
  const path = join(folder, MODEL);
  if (!trained) return await Deno.writeFile(path, formulaModel("zaugnet", PAPER_WIDTHS.generator));
  const { code, stderr } = await runCli("convert", trained, path);
  assert.equal(code, 0, stderr);
}

/** Makes stacks, each with other values, and has the command line predict them in one batch. */
async function makeStacks(
  kind: string,
  count: number,
  sizes: { z: number; y: number; x: number },
): Promise<Stack[]> {
  const names = Array.from({ length: count }, (_, i) => `${kind}-${i}.tif`);
  const { y, x } = sizes;
  for (const [i, name] of names.entries()) {
    await writeStack(join(folder, name), { sizes }, (_t, _c, z) => {
      const wave = (at: number) =>
        Math.sin((at % x) / 5 + z / 3 + i) * Math.cos(Math.floor(at / x) / 6);
      return Uint8Array.from({ length: y * x }, (_, at) => 120 * (1 + wave(at)));
    });
  }
  const { code, stderr } = await runCli(...commandOf(names, join(folder, "expected")));
  assert.equal(code, 0, stderr);
  return await Promise.all(names.map(async (name) => ({
    name,
    bytes: await Deno.readFile(join(folder, name)),
    expected: await Deno.readFile(join(folder, "expected", name)),
    slices: sizes.z - 1,
  })));
}

function commandOf(names: readonly string[], output: string): string[] {
  const stacks = names.map((name) => join(folder, name));
  return ["predict", ...stacks, "--model", join(folder, MODEL), "--output", `${output}/`];
}

async function putModel(server: TestServer): Promise<void> {
  const body = await Deno.readFile(join(folder, MODEL));
  const answer = await server.fetch("/models/m", { method: "PUT", body });
  assert.equal(answer.status, 201, await answer.text());
}

/** Everything at once; queue times in seconds, sorted. */
async function mixedLoad(server: TestServer, small: readonly Stack[], large: readonly Stack[]) {
  const stacks = [...Array.from({ length: 64 }, (_, i) => small[i % small.length]), ...large];
  const before = await slicesCounted(server);
  const start = performance.now();
  const jobs = await Promise.all(stacks.map((stack) => predict(server, stack)));
  const seconds = (performance.now() - start) / 1000;
  assert.equal(new Set(jobs.map(({ id }) => id)).size, stacks.length, "a job for each stack");
  const wanted = stacks.reduce((sum, { slices }) => sum + slices, 0);
  assert.equal(await slicesCounted(server) - before, wanted, "no slice is predicted twice");
  const metrics = await (await server.fetch("/metrics")).text();
  const counted = metrics.match(/^zaugnet_job_run_seconds_count\{.*succeeded.*\} (\d+)$/m)?.[1];
  assert.equal(Number(counted), stacks.length, "every job ended once");
  const waits = jobs.map(({ createdAt, startedAt }) => secondsBetween(createdAt, startedAt));
  return { jobs: jobs.length, slices: wanted, seconds, waits: waits.toSorted((a, b) => a - b) };
}

async function slicesCounted(server: TestServer): Promise<number> {
  const text = await (await server.fetch("/metrics")).text();
  return Number(text.match(/^zaugnet_slices_total (\d+)$/m)![1]);
}

/** A client: sends its stack, follows the job by its events, fetches the result and compares it. */
async function predict(server: TestServer, { name, bytes, expected }: Stack): Promise<Ended> {
  const answer = await server.fetch("/predictions?model=m", {
    method: "POST",
    body: bytes,
    headers: { "Content-Type": "image/tiff" },
  });
  assert.equal(answer.status, 202, await answer.clone().text());
  const { links } = await answer.json();
  const events = (await (await server.fetch(links.events)).text()).trim().split("\n\n");
  const last = JSON.parse(events.at(-1)!.match(/^data: (.*)$/m)![1]);
  assert.equal(last.state, "succeeded", `${name}: ${last.error}`);
  const result = await (await server.fetch(links.stack)).bytes();
  assert.ok(equal(result, expected), `${name} is not what the command line makes`);
  return last;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Sends the stacks at once. */
async function serviceRate(server: TestServer, stacks: readonly Stack[]): Promise<Rate> {
  using clock = new CpuClock(server.service.pid);
  const jobs = await Promise.all(stacks.map((stack) => predict(server, stack)));
  return clock.rate(jobs.map(({ finishedAt }) => Date.parse(finishedAt)), stacks[0].slices);
}

/** Predicts the stacks in one batch of the command line. */
async function cliRate(stacks: readonly Stack[]): Promise<Rate> {
  const output = join(folder, "again");
  const child = startCli(commandOf(stacks.map(({ name }) => name), output));
  using clock = new CpuClock(child.pid);
  void child.stderr.pipeTo(new WritableStream());
  const ends: number[] = [];
  // It says a line a stack, when that is done.
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (text.includes("predicted slices/s")) ends.push(Date.now());
  }
  assert.equal((await child.status).code, 0);
  await Deno.remove(output, { recursive: true });
  assert.equal(ends.length, stacks.length);
  return clock.rate(ends, stacks[0].slices);
}

async function report(
  server: TestServer,
  { waits, seconds, ...mixed }: Awaited<ReturnType<typeof mixedLoad>>,
  pairs: readonly { readonly service: Rate; readonly cli: Rate }[],
): Promise<void> {
  const [{ name: adapter, type }] = await (await server.fetch("/adapters")).json();
  const mean = (of: (pair: typeof pairs[number]) => number) =>
    rounded(pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length);
  const quantile = (part: number) => rounded(waits[Math.ceil(part * waits.length) - 1]);
  const line = {
    date: new Date().toISOString(),
    commit: commit(),
    adapter,
    type,
    side,
    rounds,
    mixed: {
      ...mixed,
      seconds: rounded(seconds),
      slicesPerSecond: rounded(mixed.slices / seconds),
      queueSeconds: { median: quantile(0.5), p95: quantile(0.95), longest: quantile(1) },
    },
    slicesPerSecond: { service: mean((p) => p.service.wall), cli: mean((p) => p.cli.wall) },
    slicesPerCpuSecond: { service: mean((p) => p.service.cpu), cli: mean((p) => p.cli.cpu) },
    ratio: mean(({ service, cli }) => service.wall / cli.wall),
    cpuRatio: mean(({ service, cli }) => service.cpu / cli.cpu),
  };
  appendLoad(adapter, line);
  console.log(JSON.stringify(line));
}

function secondsBetween(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / 1000;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
