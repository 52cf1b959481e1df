/**
 * The memory of the real service over a large job, from the first byte sent to the last received,
 * by curl on loopback: a stack of 1024 x 1024 samples of 16 bits, of which one slice is repaired, so
 * that gigabytes stream through and little is computed. The result is compared with the command
 * line's. One JSON line on standard output and in bench/results/load/ (Linux).
 *
 *   LP_NUM_THREADS=1 deno task bench:large [slices, 1024: 2 GiB]
 */
import { PAPER_WIDTHS } from "../src/zaugnet/widths.ts";
import assert from "assert";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { startCli } from "../tests/support/cli.ts";
import { formulaModelFile } from "../tests/support/formula_model.ts";
import { TestServer } from "../tests/support/server.ts";
import { MemoryClock } from "./memory_clock.ts";
import { writeMovingStack } from "./moving_stack.ts";
import { appendLoad, commit } from "./results.ts";

const [slices = 1024] = Deno.args.map(Number);
const SIDE = 1024;
const REPAIRED = 5;

const folder = await Deno.makeTempDir({ dir: Deno.env.get("BENCH_FOLDER") });
const at = (name: string) => join(folder, name);
try {
  await Deno.copyFile(formulaModelFile("zaugnet", PAPER_WIDTHS.generator), at("m.safetensors"));
  await writeMovingStack(at("stack.tif"), { z: slices, y: SIDE, x: SIDE });
  const server = await TestServer.start(at("data"));
  const service = await throughService(server).finally(() => server.stop());
  const cli = await throughCli();
  assert.equal(await digest(at("there.tif")), await digest(at("here.tif")), "the same bytes");
  const { name: adapter, type } = service.adapter;
  const line = {
    date: new Date().toISOString(),
    commit: commit(),
    adapter,
    type,
    name: "large job",
    bytes: (await Deno.stat(at("stack.tif"))).size,
    slices,
    repaired: 1,
    megabytes: service.megabytes,
    seconds: service.seconds,
    cli,
  };
  appendLoad(adapter, line);
  console.log(JSON.stringify(line));
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Memory and time of each phase: at rest, upload with its check, work, download. */
async function throughService(server: TestServer) {
  const [adapter] = await (await server.fetch("/adapters")).json();
  const body = await Deno.readFile(at("m.safetensors"));
  const kept = await server.fetch("/models/m", { method: "PUT", body });
  assert.equal(kept.status, 201, await kept.text());
  using clock = new MemoryClock(server.service.pid);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const megabytes: Record<string, number> = { rest: clock.peak() };
  const seconds: Record<string, number> = {};
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const answer = await work();
    seconds[name] = Number(((performance.now() - start) / 1000).toPrecision(4));
    megabytes[name] = clock.peak();
    return answer;
  };
  const url = server.url(`/predictions?model=m&repair=${REPAIRED}`);
  const send = ["-X", "POST", "-T", at("stack.tif"), "-H", "Content-Type: image/tiff", url];
  const { links, detail } = JSON.parse(await phase("upload", () => curl(...send)));
  assert.ok(links, detail);
  const events = await phase("work", () => curl(server.url(links.events)));
  assert.match(events.trim().split("\n\n").at(-1)!, /"state":"succeeded"/);
  await phase("download", () => curl("-o", at("there.tif"), server.url(links.stack)));
  return { adapter, megabytes, seconds };
}

async function throughCli(): Promise<{ megabytes: number; seconds: number }> {
  const start = performance.now();
  const stack = [at("stack.tif"), "--model", at("m.safetensors"), "--repair", `${REPAIRED}`];
  const child = startCli(["predict", ...stack, "--output", at("here.tif")]);
  using clock = new MemoryClock(child.pid);
  const { code, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const seconds = Number(((performance.now() - start) / 1000).toPrecision(4));
  return { megabytes: clock.peak(), seconds };
}

async function curl(...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command("curl", {
    args: ["-sS", "--fail-with-body", ...args],
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(success, text);
  return text;
}

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest("hex");
}
