import {
  bytesSource,
  createStackWriter,
  openStack,
  type SampleType,
  type Slice,
  type StackInfo,
  type StackOutput,
} from "../../src/core.ts";

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** What a stack for a test is like where it says nothing else. */
const USUAL: StackOutput = {
  format: "imagej",
  sizes: { t: 1, c: 1, z: 3, y: 32, x: 48 },
  sampleType: "uint8",
  voxelSize: { x: 0.25, y: 0.25, z: 0.5, unit: "micron" },
};

/** The part of {@link StackOutput} that a test cares for; sizes too may be given in part. */
export type StackWish = Partial<Omit<StackOutput, "sizes">> & {
  readonly sizes?: Partial<StackInfo["sizes"]>;
};

/** Smooth waves that move along z and differ in each channel and frame. */
export function waves(sampleType: SampleType, sizes: StackInfo["sizes"]) {
  const scale = { uint8: 120, uint16: 12_000, float32: 0.4 }[sampleType];
  return (t: number, c: number, z: number): Slice =>
    new ARRAYS[sampleType](sizes.y * sizes.x).map((_, i) => {
      const [y, x] = [Math.floor(i / sizes.x), i % sizes.x];
      const wave = Math.sin(x / 5 + z / 3 + 2 * c) * Math.cos(y / 6 + t);
      return scale * (1 + wave / (1 + c));
    });
}

/** Writes a small stack of {@link waves}, or of what `slice` answers. */
export async function writeStack(
  path: string,
  wish: StackWish = {},
  slice?: (t: number, c: number, z: number) => Slice,
): Promise<StackOutput> {
  const output = { ...USUAL, ...wish, sizes: { ...USUAL.sizes, ...wish.sizes } };
  const { sizes, sampleType } = output;
  const sliceAt = slice ?? waves(sampleType, sizes);
  using file = await Deno.create(path);
  const writer = createStackWriter({
    async write(bytes) {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    },
  }, output);
  for (let t = 0; t < sizes.t; t++) {
    for (let z = 0; z < sizes.z; z++) {
      for (let c = 0; c < sizes.c; c++) await writer.writeSlice(sliceAt(t, c, z));
    }
  }
  await writer.close();
  return output;
}

/** A stack as our own reader sees it. */
export async function readStack(path: string) {
  return await openStack(bytesSource(await Deno.readFile(path), path));
}
