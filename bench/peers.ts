/**
 * Our engine beside its peers in the same run, as Markdown tables: on a software adapter PyTorch and
 * onnxruntime on the CPU, one thread each, by CPU time; on a GPU PyTorch with CUDA, by wall time. A
 * peer that can't be had here is named with the reason. PyTorch is that of `PYTHON` (default:
 * python3; Debian's python3-torch will do).
 */
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
  readonly reason?: string;
}

/** Runs a peer; what it prints is a line for each measurement. */
async function run(peer: string, command: string, ...args: string[]): Promise<Line[]> {
  const process = new Deno.Command(command, {
    ...{ args, stdout: "piped", stderr: "piped" },
    env: { LP_NUM_THREADS: "1", OMP_NUM_THREADS: "1", DENO_WEBGPU_BACKEND: "vulkan" },
  });
  const { stdout, stderr } = await process.output().catch((error) => {
    const message = new TextEncoder().encode(String(error.message));
    return { stdout: new Uint8Array(), stderr: message };
  });
  const said = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
  if (said.length > 0) return said.map((line) => JSON.parse(line));
  const reason = new TextDecoder().decode(stderr).split("\n").find((line) => /error/i.test(line));
  return [{ peer, reason: reason?.trim() ?? "it gave no number" }];
}

/** A script of the folder; a peer's packages are not in the lock file, and ours need no other. */
const deno = (script: string, ...args: string[]) => {
  const lock = script === "ours.ts" ? "--frozen" : "--no-lock";
  return run(script, Deno.execPath(), "run", "-A", lock, "--quiet", folder + script, ...args);
};
const torch = (...args: string[]) => run("PyTorch", PYTHON, `${folder}zaugnet_torch.py`, ...args);

function table(title: string, [ours, ...peers]: readonly Line[]): void {
  const time = ({ cpuMilliseconds, milliseconds }: Line) => milliseconds ?? cpuMilliseconds;
  console.log(`\n${title}\n\n| | ms | ours / theirs |\n|---|---|---|`);
  for (const line of [ours, ...peers]) {
    const ms = time(line);
    const ratio = ms === undefined ? "" : ((time(ours) ?? NaN) / ms).toPrecision(3);
    console.log(`| ${line.peer} | ${ms === undefined ? line.reason : short(ms)} | ${ratio} |`);
  }
}

function short(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}

async function onCpu(): Promise<void> {
  const onnx = await Deno.makeTempFile({ suffix: ".onnx" });
  await torch("onnx", "256", onnx);
  table("One prediction, 256 x 256, CPU time", [
    ...await deno("ours.ts", "forward", "256", "1"),
    ...await torch("forward", "256", "1"),
    ...await deno("onnx.ts", "node", onnx, "256"),
    ...await deno("onnx.ts", "wasm", onnx, "256"),
  ]);
  table("One generator step, two patches of 128 x 128, CPU time", [
    ...await deno("ours.ts", "train", "128", "2"),
    ...await torch("train", "128", "2"),
  ]);
  await Deno.remove(onnx);
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
    const ours = await deno("ours.ts", ...what.split(" "));
    const same = (line: Line) => `${line.what} ${line.side} ${line.batch}` === what;
    table(title, [...ours, ...theirs.filter((line) => line.reason || same(line))]);
  }
}

const device = await openBenchDevice();
const { type } = device.adapter;
device.close();
await (type === "gpu" ? onGpu() : onCpu());
