/**
 * One prediction of the network in onnxruntime: `onnx.ts node|wasm FILE SIDE`, one thread.
 * The packages are fetched when this runs; the project itself does not use them.
 */
import process from "node:process";

const [provider, path, sideText] = Deno.args;
const side = Number(sideText);
// Specifiers in variables: the project's lock file and type checks need not know the peers.
const packages: Record<string, string> = {
  node: "npm:onnxruntime-node@1.30.0",
  wasm: "npm:onnxruntime-web@1.30.0",
};
const ort = await import(packages[provider]);
if (provider === "wasm") ort.env.wasm.numThreads = 1;
const threads = { intraOpNumThreads: 1, interOpNumThreads: 1 };
const session = await ort.InferenceSession.create(await Deno.readFile(path), {
  ...threads,
  executionProviders: [provider === "node" ? "cpu" : provider],
});
const plane = Float32Array.from({ length: side * side }, (_, i) => 0.5 + 0.4 * Math.sin(i / 37));
const tensor = () => new ort.Tensor("float32", plane, [1, 1, side, side]);
const feeds = { before: tensor(), after: tensor() };
let best = Infinity;
for (let run = 0; run < 4; run++) {
  const before = process.cpuUsage();
  const { answer } = await session.run(feeds);
  await answer.getData();
  const { user, system } = process.cpuUsage(before);
  // The first run also compiles.
  if (run > 0) best = Math.min(best, (user + system) / 1000);
}
const facts = { peer: `onnxruntime-${provider}`, what: "forward", side, batch: 1 };
console.log(JSON.stringify({ ...facts, cpuMilliseconds: best }));
Deno.exit(0);
