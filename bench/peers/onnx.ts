/**
 * The network in onnxruntime: `onnx.ts node|wasm|webgpu SIDE BATCH FILE`, one thread, of a FILE that
 * torch_peer.py wrote. The packages are fetched when this runs; the project itself does not use
 * them.
 */
import { listAdapters } from "../../src/gpu/adapters.ts";
import { measure } from "./peer.ts";

const [provider, sideText, batchText, path] = Deno.args;
const [side, batch] = [Number(sideText), Number(batchText)];
// Specifiers in variables: the project's lock file and type checks need not know the peers.
const packages: Record<string, string> = {
  node: "npm:onnxruntime-node@1.30.0",
  wasm: "npm:onnxruntime-web@1.30.0",
  webgpu: "npm:onnxruntime-web@1.30.0/webgpu",
};
const onWebGpu = provider === "webgpu";
const [adapter] = onWebGpu ? await listAdapters() : [];
if (onWebGpu) {
  if (!adapter) throw new Error("No WebGPU adapter: scripts/setup.sh installs one");
  repairConvolutions();
}
const ort = await import(packages[provider]);
if (provider !== "node") ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await Deno.readFile(path), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionProviders: [provider === "node" ? "cpu" : provider],
  // Not its warnings that shapes are computed on the CPU.
  logSeverityLevel: 3,
});
const tensor = (image: Float32Array) => new ort.Tensor("float32", image, [batch, 1, side, side]);
const name = `onnxruntime-${provider === "node" ? "node" : `web ${provider}`}`;
await measure(
  adapter ? `${name}, ${adapter.name}` : name,
  { side, batch, answerPath: `${path}.answer`, onGpu: adapter?.type === "gpu" },
  async (before, after) => {
    const { answer } = await session.run({ before: tensor(before), after: tensor(after) });
    return await answer.getData();
  },
);
Deno.exit(0);

/**
 * onnxruntime-web 1.30 answers wrong by up to 1 where an image's channels are a multiple of
 * three and not of four, as 90 and 150 are: its shader then reads single numbers, and counts them in
 * fours. A peer that answers wrong is not a peer, so its shader is put right as it passes.
 */
function repairConvolutions(): void {
  const create = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const inThrees = descriptor.code.includes("resData = vec3<x_element_t>(x[xIndex]");
    const code = inThrees ? descriptor.code.replace("xCh / 4)", "xCh)") : descriptor.code;
    return create.call(this, { ...descriptor, code });
  };
}
