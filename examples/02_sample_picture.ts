// Makes a stack of cells and draws it from the side: XZ, as a PNG. No adapter is needed.
// deno run --allow-write examples/02_sample_picture.ts PICTURE.png
import { contrastRange, encodePng, magnify, makeSampleStack, xzView } from "../mod.ts";

const width = 200;
const { slices, voxelSize } = makeSampleStack({ seed: 3, z: 16, y: 40, x: width });
const picture = xzView(slices, {
  width,
  y: 20,
  zStep: voxelSize.z,
  xStep: voxelSize.x,
  range: contrastRange(slices[8]),
});
await Deno.writeFile(Deno.args[0], encodePng(magnify(picture, 2)));
console.log(`${Deno.args[0]}: ${2 * picture.width} x ${2 * picture.height} pixels`);
