/**
 * Measures the default overlap of tiles: the largest difference, in grey levels of 255, between a
 * tiled and an untiled prediction, on real stacks and on 1024 x 1024 mosaics of them.
 *
 * Usage: deno run --allow-read --allow-env --allow-sys bench/overlap.ts MODEL STACK...
 */
import {
  bytesSource,
  Device,
  listAdapters,
  NetworkInterpolator,
  normalizerFor,
  openStack,
  readModel,
  type StackReader,
} from "../src/core.ts";
import { settleDriver } from "../src/files/choose_adapter.ts";
import { blendTile, extractTile, tileGrid } from "../src/prediction/tiles.ts";
import { paddedSide, reflectPad } from "../src/stack/resizer.ts";

const OVERLAPS = [16, 32, 48, 64, 80, 96, 128];
const MOSAIC = 1024;

interface Pair {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly before: Float32Array<ArrayBuffer>;
  readonly after: Float32Array<ArrayBuffer>;
  readonly tile: number;
}

/** The middle gap of a stack, normalised and padded. */
async function middlePair(reader: StackReader, name: string): Promise<Pair> {
  const { z, y, x } = reader.info.sizes;
  const normalizer = await normalizerFor(reader, { normalization: "stack" });
  const padded = async (at: number) =>
    reflectPad(normalizer.at(0, 0).before(await reader.readSlice(0, 0, at)), y, x);
  const at = Math.floor(z / 2);
  const [before, after] = [await padded(at), await padded(at + 1)];
  const [height, width] = [paddedSide(y), paddedSide(x)];
  const tile = Math.min(height, width) > 300 ? 256 : 128;
  return { name, height, width, before, after, tile };
}

/** Repeats a pair, mirrored at each seam, up to 1024 x 1024. */
function mosaic({ name, height, width, before, after }: Pair): Pair {
  const mirrored = (i: number, size: number) => {
    const at = i % (2 * size);
    return at < size ? at : 2 * size - 1 - at;
  };
  const enlarge = (plane: Float32Array) =>
    Float32Array.from(
      { length: MOSAIC * MOSAIC },
      (_, i) =>
        plane[mirrored(Math.floor(i / MOSAIC), height) * width + mirrored(i % MOSAIC, width)],
    );
  const planes = { before: enlarge(before), after: enlarge(after) };
  return { name: `${name} mosaic`, height: MOSAIC, width: MOSAIC, ...planes, tile: 512 };
}

async function compare(network: NetworkInterpolator, pair: Pair): Promise<void> {
  const { name, height, width, before, after, tile } = pair;
  const [whole] = await network.interpolate([{ before, after, dpm: 0.5 }], height, width);
  const differences: string[] = [];
  for (const overlap of OVERLAPS) {
    if (tile < 2 * overlap + 16) continue;
    const grid = tileGrid(height, width, { height: tile, width: tile }, overlap);
    const blended = new Float32Array(height * width);
    for (const part of grid.tiles) {
      const request = {
        before: extractTile(before, grid, part),
        after: extractTile(after, grid, part),
        dpm: 0.5,
      };
      const [values] = await network.interpolate([request], grid.tileHeight, grid.tileWidth);
      blendTile(blended, grid, part, values);
    }
    let worst = 0;
    for (let i = 0; i < whole.length; i++) worst = Math.max(worst, Math.abs(whole[i] - blended[i]));
    differences.push(`${overlap}: ${(worst * 255).toFixed(3)}`);
  }
  console.log(`${name} (${width}x${height}, tiles of ${tile}): ${differences.join(", ")}`);
}

settleDriver();
const [modelPath, ...stacks] = Deno.args;
const [adapter] = await listAdapters();
const device = await Device.open(adapter, { memoryLimit: 4 * 2 ** 30 });
const network = new NetworkInterpolator(device, readModel(Deno.readFileSync(modelPath), modelPath));
for (const path of stacks) {
  const name = path.replace(/.*\//, "");
  const reader = await openStack(bytesSource(Deno.readFileSync(path), name));
  const pair = await middlePair(reader, name);
  await compare(network, pair);
  await compare(network, mosaic(pair));
}
device.close();
