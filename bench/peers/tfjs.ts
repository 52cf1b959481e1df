/**
 * The network in TensorFlow.js on WebGPU, under Deno: `tfjs.ts SIDE BATCH ANSWER`. It reads no ONNX,
 * so the network is written in its operations, channels last, with the formula's weights. It has no
 * grid sampling either: that is four gathers and their weights. The packages are fetched when this
 * runs; the project itself does not use them.
 */
import { listAdapters } from "../../src/gpu/adapters.ts";
import { Formula } from "../../tests/support/formula.ts";
import { measure } from "./peer.ts";

interface Tensor {
  /** [batch, height, width, channels]. */
  readonly shape: readonly [number, number, number, number];
  data(): Promise<Float32Array>;
  dispose(): void;
}

const [adapter] = await listAdapters();
if (!adapter) throw new Error("No WebGPU adapter: scripts/setup.sh installs one");
// Specifiers in variables: the project's lock file and type checks need not know the peers.
const VERSION = "4.22.0";
const tf = await import(`npm:@tensorflow/tfjs-core@${VERSION}`);
await import(`npm:@tensorflow/tfjs-backend-webgpu@${VERSION}`);
await tf.setBackend("webgpu");
await tf.ready();

const formula = new Formula(0);
const kept = new Map<string, Tensor>();

/** A parameter by PyTorch's name and shape, its axes in TensorFlow's order. */
function parameter(name: string, shape: readonly number[], order: readonly number[]): Tensor {
  let value = kept.get(name);
  if (!value) {
    const given = tf.tensor(formula.parameter(`zaugnet/${name}`, shape), shape);
    value = tf.keep(tf.transpose(given, order)) as Tensor;
    kept.set(name, value);
  }
  return value;
}

function convolution(x: Tensor, name: string, outputs: number, stride = 1, prelu = ""): Tensor {
  return tf.fused.conv2d({
    x,
    strides: stride,
    pad: 1,
    dimRoundingMode: "floor",
    filter: parameter(`${name}.weight`, [outputs, x.shape[3], 3, 3], [2, 3, 1, 0]),
    bias: parameter(`${name}.bias`, [outputs], [0]),
    ...prelu && {
      activation: "prelu",
      preluActivationWeights: parameter(`${prelu}.weight`, [outputs], [0]),
    },
  });
}

function convolutionPrelu(x: Tensor, name: string, outputs: number, stride = 1): Tensor {
  return convolution(x, `${name}.0`, outputs, stride, `${name}.1`);
}

function halving(x: Tensor, name: string, outputs: number): Tensor {
  const half = convolutionPrelu(x, `${name}.conv1`, outputs, 2);
  return convolutionPrelu(half, `${name}.conv2`, outputs);
}

function transposed(x: Tensor, name: string, outputs: number): Tensor {
  const [n, h, w, c] = x.shape;
  const filter = parameter(`${name}.weight`, [c, outputs, 4, 4], [2, 3, 1, 0]);
  const y = tf.conv2dTranspose(x, filter, [n, 2 * h, 2 * w, outputs], 2, "same");
  return tf.add(y, parameter(`${name}.bias`, [outputs], [0]));
}

function resize(x: Tensor, factor: number): Tensor {
  if (factor === 1) return x;
  const sized = (x: Tensor) =>
    tf.image.resizeBilinear(x, [x.shape[1] * factor, x.shape[2] * factor], false, true);
  if (factor < 1) return sized(x);
  // Enlarging, it extrapolates at the borders, where PyTorch repeats the last pixel.
  const [n, h, w, c] = x.shape;
  const border = tf.mirrorPad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "symmetric");
  return tf.slice(sized(border), [0, factor, factor, 0], [n, h * factor, w * factor, c]);
}

function channels(x: Tensor, first: number, count: number): Tensor {
  const [n, h, w] = x.shape;
  return tf.slice(x, [0, 0, 0, first], [n, h, w, count]);
}

/** The image at each pixel's place plus the flow's dx and dy, bilinear, borders repeated. */
function warp(image: Tensor, flow: Tensor): Tensor {
  const [n, h, w, c] = image.shape;
  const along = (axis: 1 | 2, channel: number) => {
    const size = image.shape[axis];
    const places = tf.reshape(tf.range(0, size), [
      1,
      axis === 1 ? size : 1,
      axis === 2 ? size : 1,
      1,
    ]);
    const at = tf.clipByValue(tf.add(channels(flow, channel, 1), places), 0, size - 1);
    const low = tf.floor(at);
    return { low, high: tf.minimum(tf.add(low, 1), size - 1), part: tf.sub(at, low) };
  };
  const [y, x] = [along(1, 1), along(2, 0)];
  const rows = tf.reshape(image, [n * h * w, c]);
  const first = tf.reshape(tf.range(0, n), [n, 1, 1, 1]);
  const pixels = (y: Tensor, x: Tensor) => {
    const row = tf.add(tf.mul(tf.add(tf.mul(first, h), y), w), x);
    return tf.gather(rows, tf.cast(tf.reshape(row, [n, h, w]), "int32"));
  };
  const between = (a: Tensor, b: Tensor, part: Tensor) => tf.add(a, tf.mul(tf.sub(b, a), part));
  const top = between(pixels(y.low, x.low), pixels(y.low, x.high), x.part);
  const bottom = between(pixels(y.high, x.low), pixels(y.high, x.high), x.part);
  return between(top, bottom, y.part);
}

function flowBlock(
  name: string,
  width: number,
  images: Tensor,
  flow: Tensor | undefined,
  scale: number,
): Tensor {
  let x = resize(images, 1 / scale);
  if (flow) x = tf.concat([x, tf.div(resize(flow, 1 / scale), scale)], 3);
  x = convolutionPrelu(x, `${name}.conv0.0`, width / 2, 2);
  x = convolutionPrelu(x, `${name}.conv0.1`, width, 2);
  let y = x;
  for (let i = 0; i < 8; i++) y = convolutionPrelu(y, `${name}.convblock.${i}`, width);
  y = resize(transposed(tf.add(x, y), `${name}.lastconv`, 5), 2 * scale);
  return tf.mul(y, tf.tensor1d([...Array(4).fill(2 * scale), 1]));
}

function contexts(image: Tensor, flow: Tensor): Tensor[] {
  return [16, 32, 64, 128].map((width, i) => {
    image = halving(image, `contextnet.conv${i + 1}`, width);
    flow = tf.mul(resize(flow, 0.5), 0.5);
    return warp(image, flow);
  });
}

function refine(x: Tensor, before: readonly Tensor[], after: readonly Tensor[]): Tensor {
  const skips: Tensor[] = [];
  for (let i = 0; i < 4; i++) {
    skips.push(halving(x, `unet.down${i}`, 32 << i));
    x = tf.concat([skips[i], before[i], after[i]], 3);
  }
  for (let i = 0; i < 4; i++) {
    const width = 128 >> i;
    const slope = parameter(`unet.up${i}.1.weight`, [width], [0]);
    x = tf.prelu(transposed(x, `unet.up${i}.0`, width), slope);
    if (i < 3) x = tf.concat([x, skips[2 - i]], 3);
  }
  return tf.sub(tf.mul(tf.sigmoid(convolution(x, "unet.conv", 1)), 2), 1);
}

function network(before: Tensor, after: Tensor): Tensor {
  const warped = (flow: Tensor) => [
    warp(before, channels(flow, 0, 2)),
    warp(after, channels(flow, 2, 2)),
  ];
  /** Flow in channels 0 to 3, the mask in the last. */
  let state: Tensor = flowBlock("block0", 240, tf.concat([before, after], 3), undefined, 4);
  for (const [i, width, scale] of [[1, 150, 2], [2, 90, 1]]) {
    const flow = channels(state, 0, 4);
    const images = tf.concat([before, after, ...warped(flow), channels(state, 4, 1)], 3);
    state = tf.add(state, flowBlock(`block${i}`, width, images, flow, scale));
  }
  const [flow, mask] = [channels(state, 0, 4), channels(state, 4, 1)];
  const [warpedBefore, warpedAfter] = warped(flow);
  const m = tf.sigmoid(mask);
  const merged = tf.add(tf.mul(warpedBefore, m), tf.mul(warpedAfter, tf.sub(1, m)));
  const x = tf.concat([before, after, warpedBefore, warpedAfter, mask, flow], 3);
  const of = (image: Tensor, first: number) => contexts(image, channels(flow, first, 2));
  return tf.clipByValue(tf.add(merged, refine(x, of(before, 0), of(after, 2))), 0, 1);
}

const [sideText, batchText, answerPath] = Deno.args;
const [side, batch] = [Number(sideText), Number(batchText)];
const onGpu = adapter.type === "gpu";
const tensor = (image: Float32Array) => tf.tensor4d(image, [batch, side, side, 1]);
await measure(
  `tfjs WebGPU, ${adapter.name}`,
  { side, batch, answerPath, onGpu, calls: onGpu ? 16 : 1 },
  async (before, after) => {
    const answer: Tensor = tf.tidy(() => network(tensor(before), tensor(after)));
    const values = await answer.data();
    answer.dispose();
    return values;
  },
);
Deno.exit(0);
