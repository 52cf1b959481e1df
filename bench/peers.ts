/**
 * Our engine beside its peers in the same run, as Markdown tables: on a software adapter PyTorch and
 * onnxruntime on the CPU, onnxruntime-web and tfjs on the same WebGPU adapter, one thread each, by
 * CPU time; on a GPU PyTorch with CUDA and those on WebGPU, by wall time. A peer that can't be had
 * here, or gives no answer within ten minutes, is named with the reason. PyTorch is that of `PYTHON`
 * (default: python3; Debian's python3-torch will do); it also writes the network for onnxruntime,
 * and the answer that the others are held against.
 */
import { LAYERS } from "./layers.ts";
import { openBenchDevice } from "./measure.ts";

const PYTHON = Deno.env.get("PYTHON") ?? "/usr/bin/python3";
const folder = new URL("./peers/", import.meta.url).pathname;

interface Line {
  readonly peer: string;
  readonly cpuMilliseconds?: number;
  /** Wall time, of GPUs. */
  readonly milliseconds?: number;
  readonly what?: string;
  readonly side?: number;
  readonly batch?: number;
  /** Largest difference from PyTorch's answer, where the peer looked. */
  readonly error?: number;
  readonly reason?: string;
}

/** No peer may take longer, whatever it measures. */
const LIMIT_MINUTES = 10;

/** Runs a peer; what it prints is a line for each measurement. */
async function run(peer: string, command: string, ...args: string[]): Promise<Line[]> {
  const limit = AbortSignal.timeout(LIMIT_MINUTES * 60_000);
  const process = new Deno.Command(command, {
    args,
    stdout: "piped",
    stderr: "piped",
    signal: limit,
    env: {
      // Lavapipe's 0 is the thread that calls; with 1 it hands each dispatch to another, and waits.
      LP_NUM_THREADS: "0",
      OMP_NUM_THREADS: "1",
      DENO_WEBGPU_BACKEND: "vulkan",
      NO_COLOR: "1",
    },
  });
  const { stdout, stderr } = await process.output().catch((error) => {
    const message = new TextEncoder().encode(String(error.message));
    return { stdout: new Uint8Array(), stderr: message };
  });
  const said = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
  const lines: Line[] = said.map((line) => JSON.parse(line));
  if (limit.aborted) lines.push({ peer, reason: `no answer within ${LIMIT_MINUTES} minutes` });
  if (lines.length > 0) return lines;
  const reason = new TextDecoder().decode(stderr).split("\n").find((line) => /error/i.test(line));
  return [{ peer, reason: reason?.trim() ?? "it gave no number" }];
}

const OURS = ["ours.ts", "layers.ts"];

/** A script of the folder; a peer's packages are not in the lock file, and ours need no other. */
const deno = (script: string, ...args: string[]) => {
  const lock = OURS.includes(script) ? "--frozen" : "--no-lock";
  return run(script, Deno.execPath(), "run", "-A", lock, "--quiet", folder + script, ...args);
};
const torch = (...args: string[]) => run("PyTorch", PYTHON, `${folder}torch_peer.py`, ...args);

function table(title: string, [ours, ...peers]: readonly Line[]): void {
  const time = ({ cpuMilliseconds, milliseconds }: Line) => milliseconds ?? cpuMilliseconds;
  console.log(`\n${title}\n\n| | ms | ours / theirs | largest error |\n|---|---|---|---|`);
  for (const line of [ours, ...peers]) {
    const ms = time(line);
    const ratio = ms === undefined ? "" : ((time(ours) ?? NaN) / ms).toPrecision(3);
    const told = ms === undefined ? line.reason : short(ms);
    console.log(`| ${line.peer} | ${told} | ${ratio} | ${line.error ?? ""} |`);
  }
}

function short(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

/** Peers in Deno on a batch: PyTorch writes the network, and the answer that is wanted. */
async function inDeno(peers: readonly string[], side: string, batch: string): Promise<Line[]> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/network.onnx`;
  const [{ reason }] = await torch("onnx", side, batch, file);
  const lines: Line[] = [];
  for (const peer of peers) {
    if (peer === "tfjs") lines.push(...await deno("tfjs.ts", side, batch, `${file}.answer`));
    else if (reason) lines.push({ peer: `onnxruntime ${peer}`, reason: `no network: ${reason}` });
    else lines.push(...await deno("onnx.ts", peer, side, batch, file));
  }
  await Deno.remove(folder, { recursive: true });
  return lines;
}

const ON_WEBGPU = ["webgpu", "tfjs"];

async function onCpu(): Promise<void> {
  table("One prediction, 256 x 256, CPU time", [
    ...await deno("ours.ts", "forward", "256", "1"),
    ...await torch("forward", "256", "1"),
    ...await inDeno(["node", "wasm"], "256", "1"),
  ]);
  // A larger one takes each of these minutes.
  table("One prediction, 128 x 128, on the same WebGPU adapter, CPU time", [
    ...await deno("ours.ts", "forward", "128", "1"),
    ...await inDeno(ON_WEBGPU, "128", "1"),
  ]);
  table("One generator step, two patches of 128 x 128, CPU time", [
    ...await deno("ours.ts", "train", "128", "2"),
    ...await torch("train", "128", "2"),
  ]);
  await layers();
}

/** Our rate of each layer as a part of PyTorch's. */
async function layers(): Promise<void> {
  const [ours, theirs] = [await deno("layers.ts"), await torch("layers", JSON.stringify(LAYERS))];
  console.log(
    "\nLayers, CPU time\n\n| | ours | PyTorch | our rate, % of theirs |\n|---|---|---|---|",
  );
  for (const { name } of LAYERS) {
    const [our, their] = [ours, theirs].map((lines) =>
      lines.find(({ what }) => what === name)?.cpuMilliseconds ?? NaN
    );
    console.log(
      `| ${name} | ${short(our)} | ${short(their)} | ${(100 * their / our).toFixed(0)} |`,
    );
  }
}

/** What is measured on a GPU: what, side and batch, with the table's title. */
const ON_GPU = [
  ["forward 256 1", "One prediction at a time, 256 x 256, from host memory to host memory"],
  ["forward 256 16", "16 predictions, 256 x 256, from host memory to host memory"],
  ["train 256 16", "One generator step, 16 patches of 256 x 256"],
  ["train 128 32", "One generator step, 32 patches of 128 x 128"],
  ["published 256 16", "Five batches of 16 patches, critic and generator; theirs as published"],
] as const;

async function onGpu(): Promise<void> {
  const kinds = ["fp32", "tf32", "bf16"];
  const wanted = ON_GPU.flatMap(([what]) =>
    // The gradient penalty's second derivatives are as published in 32 bit only.
    kinds.filter((kind) => kind !== "bf16" || !what.startsWith("published"))
      .map((kind) => `${what} cuda ${kind}`)
  );
  const theirs = await torch(...wanted);
  for (const [what, title] of ON_GPU) {
    const [kind, side, batch] = what.split(" ");
    const ours = await deno("ours.ts", kind, side, batch);
    const same = (line: Line) => `${line.what} ${line.side} ${line.batch}` === what;
    const lines = [...ours, ...theirs.filter((line) => line.reason || same(line))];
    if (kind === "forward") lines.push(...await inDeno(ON_WEBGPU, side, batch));
    table(title, lines);
  }
}

const device = await openBenchDevice();
const { type } = device.adapter;
device.close();
await (type === "gpu" ? onGpu() : onCpu());
