// Makes a stack of samples that a program has at hand, and writes it as OME-TIFF. No adapter needed.
// deno run --allow-write examples/02_own_samples.ts OUTPUT.ome.tif
import { encodeTiff, Stack } from "../mod.ts";

const [z, y, x] = [5, 64, 96];
const samples = new Uint16Array(z * y * x).map((_, i) => {
  const [slice, row, column] = [Math.floor(i / (x * y)), Math.floor(i / x) % y, i % x];
  return 1000 + 900 * Math.sin((row + 4 * slice) / 7) * Math.cos(column / 9);
});
const voxelSize = { z: 1, y: 0.25, x: 0.25, unit: "µm" };
const stack = Stack.of(samples, { sizes: { z, y, x }, voxelSize });
await Deno.writeFile(Deno.args[0], await encodeTiff(stack, { format: "ome" }));
console.log(`${Deno.args[0]}: ${z} slices of ${x} x ${y}`);
