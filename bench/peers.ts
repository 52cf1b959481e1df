/**
 * Our engine beside PyTorch and onnxruntime on the CPU, one thread each, in the same run: a Markdown
 * table of CPU times. A peer that can't be had here is named with the reason. PyTorch is that of
 * `PYTHON` (default: python3; Debian's python3-torch will do).
 */
const PYTHON = Deno.env.get("PYTHON") ?? "/usr/bin/python3";
const folder = new URL("./peers/", import.meta.url).pathname;
const onnx = await Deno.makeTempFile({ suffix: ".onnx" });

interface Line {
  readonly peer: string;
  readonly cpuMilliseconds?: number;
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
  console.log(`\n${title}\n\n| | CPU ms | ours / theirs |\n|---|---|---|`);
  for (const { peer, cpuMilliseconds: ms, reason } of [ours, ...peers]) {
    const ratio = ms === undefined ? "" : ((ours.cpuMilliseconds ?? NaN) / ms).toPrecision(3);
    console.log(`| ${peer} | ${ms === undefined ? reason : ms.toFixed(0)} | ${ratio} |`);
  }
}

await torch("onnx", "256", onnx);
table("One prediction, 256 x 256", [
  await deno("ours.ts", "forward", "256", "1"),
  await torch("forward", "256", "1"),
  await deno("onnx.ts", "node", onnx, "256"),
  await deno("onnx.ts", "wasm", onnx, "256"),
]);
table("One generator step, two patches of 128 x 128", [
  await deno("ours.ts", "train", "128", "2"),
  await torch("train", "128", "2"),
]);
await Deno.remove(onnx);
