import { Command } from "commander";
import { basename, join } from "node:path";
import {
  contrastRange,
  createStackWriter,
  encodePng,
  type GreyImage,
  InputError,
  magnify,
  makeSampleStack,
  NetworkInterpolator,
  openStack,
  readModel,
  sideBySide,
  type Slice,
  type StackInfo,
  xzView,
} from "../core.ts";
import { openDevice } from "./devices.ts";
import { createFile, exists, openFile, readWhole, writeWhole } from "../files/local_files.ts";
import { predictFile } from "../files/predict_file.ts";
import { runProgram } from "./program.ts";
import { provenanceOf } from "../files/provenance.ts";
import { interruption, say, shown } from "./terminal.ts";

const OUT = "out";
const SAMPLE = { seed: 1, z: 28, y: 64, x: 256 };
/** Where a model is looked for when none is named. */
const MODELS = "models";
const SHARED_MODEL = "../shared/model/reference.pt";
/** Pictures are enlarged to about this width. */
const WIDTH = 512;

const program = new Command("demo")
  .description(
    `Upsamples a stack and writes XZ pictures of it, before and after, into ${OUT}/.\n` +
      "Without a stack it makes one: cells, blurred and noisy as a microscope shows them.",
  )
  .argument("[stack]", "a TIFF stack")
  .argument("[model]", `a ZAugNet checkpoint; else the first one in ${MODELS}/`)
  .action(demo);

await runProgram(program);

async function demo(stack?: string, model?: string): Promise<void> {
  const modelPath = model ?? await findModel();
  const bytes = await readWhole(modelPath);
  const weights = readModel(bytes, basename(modelPath));
  say(`Model: ${modelPath}`);
  const input = stack ?? await writeSample();
  const name = basename(input).replace(/(\.ome)?\.tiff?$/i, "");
  const output = join(OUT, `${name}_upsampled.tif`);

  const before = await cut(input);
  const factor = factorFor(before.info);
  const device = await openDevice({});
  const { signal, release } = interruption();
  try {
    const network = new NetworkInterpolator(device, weights);
    const job = {
      provenance: await provenanceOf(modelPath, bytes, weights),
      network,
      options: { factor },
      signal,
    };
    const report = await shown(input, (observer) => predictFile(input, output, job, observer));
    const slices = `${report.inputSizes.z} -> ${report.outputSizes.z} slices`;
    console.log(`${output}: ${slices} in ${report.seconds.toFixed(1)} s.`);
  } finally {
    release();
    device.close();
  }

  const pictures = picture(before, await cut(output), factor);
  for (const [suffix, image] of Object.entries(pictures)) {
    const path = join(OUT, `${name}_${suffix}.png`);
    await writeWhole(path, encodePng(image));
    console.log(`${path}: ${image.width} x ${image.height} pixels.`);
  }
}

async function findModel(): Promise<string> {
  const names: string[] = [];
  if (await exists(MODELS)) {
    for await (const { name } of Deno.readDir(MODELS)) names.push(name);
  }
  const found = names.sort().find((name) => name.endsWith(".safetensors"));
  if (found) return join(MODELS, found);
  if (await exists(SHARED_MODEL)) return SHARED_MODEL;
  throw new InputError(
    `There is no model: put a ZAugNet checkpoint (.safetensors) into ${MODELS}/, or name one ` +
      "(also .pt) after the stack; whoever trained a ZAugNet with the published code has one.",
  );
}

async function writeSample(): Promise<string> {
  const path = join(OUT, "sample.tif");
  const { slices, voxelSize } = makeSampleStack(SAMPLE);
  const { z, y, x } = SAMPLE;
  const file = await createFile(path);
  const writer = createStackWriter(file, {
    format: "imagej",
    sizes: { t: 1, c: 1, z, y, x },
    sampleType: "uint16",
    voxelSize,
  });
  for (const slice of slices) await writer.writeSlice(slice);
  await writer.close();
  await file.finish();
  say(`Stack: ${path}, which was made just now`);
  return path;
}

/** The middle row of every slice of the first channel and frame. */
interface Cut {
  readonly info: StackInfo;
  readonly rows: readonly Slice[];
}

async function cut(path: string): Promise<Cut> {
  const source = await openFile(path);
  try {
    const reader = await openStack(source);
    const { z, y, x } = reader.info.sizes;
    const start = Math.floor(y / 2) * x;
    const rows: Slice[] = [];
    for (let i = 0; i < z; i++) {
      rows.push((await reader.readSlice(0, 0, i)).slice(start, start + x));
    }
    return { info: reader.info, rows };
  } finally {
    source.close();
  }
}

/** The doublings that bring the z step down to the pixel size: 2, 4 or 8. */
function factorFor({ voxelSize: { x, z } }: StackInfo): number {
  const doublings = x === undefined || z === undefined ? 1 : Math.round(Math.log2(z / x));
  return 2 ** Math.min(3, Math.max(1, doublings));
}

function picture(before: Cut, after: Cut, factor: number): Record<string, GreyImage> {
  const { voxelSize, sizes: { x: width } } = before.info;
  const { x: xStep, z } = voxelSize;
  const known = xStep !== undefined && z !== undefined;
  // Where the file does not say, the upsampled slices are taken to lie a pixel apart.
  const steps = known ? { xStep, zStep: z } : { xStep: 1, zStep: factor };
  const range = contrastRange(Float32Array.from(before.rows.flatMap((row) => [...row])));
  const times = Math.max(1, Math.round(WIDTH / width));
  const view = ({ rows }: Cut, zStep: number) =>
    magnify(xzView(rows, { width, y: 0, zStep, xStep: steps.xStep, range }), times);
  const [coarse, fine] = [view(before, steps.zStep), view(after, steps.zStep / factor)];
  return { before_xz: coarse, after_xz: fine, xz: sideBySide(coarse, fine) };
}
