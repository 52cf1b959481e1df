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
import { chosenModel } from "./chosen_model.ts";
import { openDevice } from "./devices.ts";
import { addFlags } from "./flags.ts";
import { EXAMPLE } from "../files/installation.ts";
import type { OptionsOf } from "../options/table.ts";
import { DEMO } from "../options/tools.ts";
import { createFile, openFile, readWhole, writeWhole } from "../files/local_files.ts";
import { predictFile } from "../files/predict_file.ts";
import { provenanceOf } from "../files/provenance.ts";
import { interruption, say, shown } from "./terminal.ts";

const SAMPLE = { seed: 1, z: 28, y: 64, x: 256 };
/** Pictures are enlarged to about this width. */
const WIDTH = 512;

type Flags = OptionsOf<typeof DEMO>;

export function demoCommand(): Command {
  const command = new Command("demo")
    .summary("upsample a stack that comes with the program, and draw it before and after")
    .description(
      "Upsamples a stack and writes XZ pictures of it, before and after. Without a stack it takes " +
        "the real one that comes with the program: nuclear envelopes of a fly embryo.",
    )
    .argument("[stack]", "a TIFF stack of your own")
    .argument("[model]", "a model, by its file or name");
  return addFlags(command, DEMO).action(demo);
}

async function demo(
  stack: string | undefined,
  named: string | undefined,
  { output: out, model: flag, cells }: Flags,
): Promise<void> {
  if (stack !== undefined && cells) throw new InputError("Give a stack or --cells, not both.");
  const input = stack ?? (cells ? await writeSample(out) : EXAMPLE);
  const before = await cut(input);
  const factor = factorFor(before.info);
  const modelFile = await chosenModel(named ?? flag, [input], { factor });
  const bytes = await readWhole(modelFile);
  const weights = readModel(bytes, basename(modelFile));
  if (input === EXAMPLE) say(`Stack: ${EXAMPLE} (NEUBIAS training resources, CC BY 4.0)`);
  const name = basename(input).replace(/(\.ome)?\.tiff?$/i, "");
  const output = join(out, `${name}_upsampled.tif`);

  const device = await openDevice({});
  const { signal, release } = interruption();
  try {
    const network = new NetworkInterpolator(device, weights);
    const job = {
      provenance: await provenanceOf(modelFile, bytes, weights),
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
    const path = join(out, `${name}_${suffix}.png`);
    await writeWhole(path, encodePng(image));
    console.log(`${path}: ${image.width} x ${image.height} pixels.`);
  }
}

async function writeSample(out: string): Promise<string> {
  const path = join(out, "sample.tif");
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
