/**
 * What the host does for a slice of a prediction, step by step, in milliseconds: reading it as it is
 * stored, bringing it into the network's range, handing it to a worker, and writing what is
 * predicted. The slice is 16 bits deep, noisy as a camera's. Needs no adapter. One JSON line on
 * standard output and in bench/results/load/.
 *
 *   deno run --allow-read --allow-write --allow-run=git bench/host.ts [side, 1024]
 */
import {
  bytesSource,
  createStackWriter,
  Normalizer,
  openStack,
  type Slice,
  type StackReader,
} from "../src/core.ts";
import { deflate, tinyTiff } from "../tests/io/tiff_support.ts";
import { encodeLzw } from "./lzw.ts";
import { appendLoad, commit } from "./results.ts";

const [side = 1024] = Deno.args.map(Number);
const TURNS = 15;

/** The least of several turns. */
async function time(work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < TURNS; turn++) {
    const start = performance.now();
    await work();
    least = Math.min(least, performance.now() - start);
  }
  return Number(least.toPrecision(3));
}

/** Waves under noise of about 40 grey levels. */
function cameraSlice(): Uint16Array<ArrayBuffer> {
  let state = 1;
  const noise = () => (state = Math.imul(state, 48271) >>> 0) / 2 ** 32;
  return Uint16Array.from({ length: side * side }, (_, i) => {
    const wave = Math.sin((i % side) / 37) * Math.cos(Math.floor(i / side) / 19);
    return 600 + 400 * wave + 40 * (noise() + noise() - 1);
  });
}

/** The differences along each row that TIFF calls predictor 2. */
function differences(slice: Uint16Array): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(slice, (value, i) => i % side === 0 ? value : value - slice[i - 1]);
}

async function reader(
  slice: Uint16Array<ArrayBuffer>,
  compression: number,
  encode: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>,
): Promise<StackReader> {
  const predictor = compression === 1 ? 1 : 2;
  const stored = predictor === 2 ? differences(slice) : slice;
  const block = await encode(new Uint8Array(stored.buffer));
  const sizes = { 256: side, 257: side, 258: 16, 278: side };
  const bytes = tinyTiff({ ...sizes, 259: compression, 317: predictor }, block);
  const read = await openStack(bytesSource(bytes, "bench.tif"));
  const same = await read.readSlice(0, 0, 0);
  if (same.some((value, i) => value !== slice[i])) throw new Error(`Compression ${compression}`);
  return read;
}

const slice = cameraSlice();
const none = await reader(slice, 1, (bytes) => bytes);
const deflated = await reader(slice, 8, deflate);
const lzw = await reader(slice, 5, encodeLzw);
const normalizer = new Normalizer("range", { low: 0, high: 1100 });
const plane = normalizer.before(slice);
const path = await Deno.makeTempFile();
const file = await Deno.create(path);
const write = async (written: Slice) => {
  const sizes = { t: 1, c: 1, z: 1, y: side, x: side };
  const output = {
    format: "imagej",
    sizes,
    sampleType: "uint16",
    voxelSize: { unit: "" },
  } as const;
  file.seekSync(0, Deno.SeekMode.Start);
  await createStackWriter({ write: async (bytes) => void await file.write(bytes) }, output)
    .writeSlice(written);
};
const milliseconds = {
  decodeNone: await time(() => none.readSlice(0, 0, 0)),
  decodeDeflate: await time(() => deflated.readSlice(0, 0, 0)),
  decodeLzw: await time(() => lzw.readSlice(0, 0, 0)),
  normalize: await time(() => normalizer.before(slice)),
  copy: await time(() => structuredClone(plane)),
  quantize: await time(() => normalizer.after(plane, "uint16")),
  write: await time(() => write(slice)),
};
file.close();
await Deno.remove(path);
const facts = { date: new Date().toISOString(), commit: commit(), name: `host ${side}x${side}` };
appendLoad("host", { ...facts, milliseconds });
console.log(JSON.stringify({ ...facts, milliseconds }));
