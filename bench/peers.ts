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
  readonly reason?: string;
}

async function run(peer: string, command: string, ...args: string[]): Promise<Line> {
  const process = new Deno.Command(command, {
    ...{ args, stdout: "piped", stderr: "piped" },
    env: { LP_NUM_THREADS: "1", OMP_NUM_THREADS: "1", DENO_WEBGPU_BACKEND: "vulkan" },
  });
  const { stdout, stderr } = await process.output().catch((error) => {
    const message = new TextEncoder().encode(String(error.message));
    return { stdout: new Uint8Array(), stderr: message };
  });
  const said = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
  if (said.startsWith("{")) return JSON.parse(said);
  const reason = new TextDecoder().decode(stderr).split("\n").find((line) => /error/i.test(line));
  return { peer, reason: reason?.trim() ?? "it gave no number" };
}

const deno = (script: string, ...args: string[]) =>
  run(script, Deno.execPath(), "run", "-A", "--no-lock", "--quiet", folder + script, ...args);
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
    await deno("ours.ts", "forward", "256", "1"),
    await torch("forward", "256", "1"),
    await deno("onnx.ts", "node", onnx, "256"),
    await deno("onnx.ts", "wasm", onnx, "256"),
  ]);
  table("One generator step, two patches of 128 x 128, CPU time", [
    await deno("ours.ts", "train", "128", "2"),
    await torch("train", "128", "2"),
  ]);
  await Deno.remove(onnx);
}

async function onGpu(): Promise<void> {
  const arithmetics = ["fp32", "tf32", "bf16"];
  for (const batch of ["1", "16"]) {
    table(`${batch} predictions, 256 x 256, from host memory to host memory`, [
      await deno("ours.ts", "forward", "256", batch),
      ...await inTurn(arithmetics, (kind) => torch("forward", "256", batch, "cuda", kind)),
    ]);
  }
  table("One generator step, 16 patches of 256 x 256", [
    await deno("ours.ts", "train", "256", "16"),
    ...await inTurn(arithmetics, (kind) => torch("train", "256", "16", "cuda", kind)),
  ]);
  table("Five batches of critic and generator, 16 patches of 256 x 256; theirs as published", [
    await deno("ours.ts", "published", "256", "16"),
    ...await inTurn(["fp32", "tf32"], (kind) => torch("published", "256", "16", "cuda", kind)),
  ]);
}

/** One after the other: they would slow each other. */
async function inTurn(kinds: string[], measure: (kind: string) => Promise<Line>): Promise<Line[]> {
  const lines: Line[] = [];
  for (const kind of kinds) lines.push(await measure(kind));
  return lines;
}

const device = await openBenchDevice();
const { type } = device.adapter;
device.close();
await (type === "gpu" ? onGpu() : onCpu());
