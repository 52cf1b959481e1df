/**
 * Scores every stack of a folder at 2x and 4x: linear, cubic, adaptive linear, the network and the
 * network calibrated by a map that was learnt without the stack's repository, as gains in PSNR over
 * the better of linear and cubic. Of each stack the first SIDE x SIDE pixels and up to eight gaps.
 * Maps are learnt at 2x. What was measured is kept in out/quality/, so that a run goes on where it
 * was stopped.
 *
 *   deno run -A bench/quality.ts MODEL [SIDE, 256] [FOLDER, ../shared/corpus]
 *
 * 38 stacks of 256 x 256 take about 1,000 passes: 20 minutes of a core on lavapipe.
 */
import { gainsOf, type LearningStack, learnMap } from "../src/calibration/learn.ts";
import {
  bytesSource,
  Device,
  NetworkInterpolator,
  normalizerFor,
  openStack,
  planPrediction,
  readModel,
  type StackReader,
} from "../src/core.ts";
import { settleDriver, someAdapters } from "../src/files/choose_adapter.ts";
import { learningStacks } from "../src/prediction/learning_stacks.ts";

const FACTORS = [2, 4];
const [modelPath, sideText = "256", folder = "../shared/corpus"] = Deno.args;
const side = Number(sideText);

/** The upper left corner of a stack. */
function corner(reader: StackReader): StackReader {
  const { sizes } = reader.info;
  const [height, width] = [Math.min(side, sizes.y), Math.min(side, sizes.x)];
  return {
    name: reader.name,
    info: { ...reader.info, sizes: { ...sizes, y: height, x: width } },
    async readSlice(t, c, z) {
      const slice = await reader.readSlice(t, c, z);
      const cut = slice.slice(0, height * width);
      for (let y = 0; y < height; y++) {
        const from = y * sizes.x;
        cut.set(slice.subarray(from, from + width), y * width);
      }
      return cut;
    },
  };
}

async function measure(network: NetworkInterpolator, name: string, group: string, keep: number) {
  const path = `${folder}/${name}`;
  const reader = await openStack(bytesSource(await Deno.readFile(path), name));
  const normalizer = await normalizerFor(reader, { normalization: "stack" });
  const cut = corner(reader);
  const plan = planPrediction(cut.info, network, { batchSize: 4 });
  const options = { group, keep, normalizer, network: { interpolator: network, plan } };
  return await learningStacks(cut, options);
}

const groups = JSON.parse(await Deno.readTextFile(`${folder}/repositories.json`)) as Record<
  string,
  string
>;
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => /\.tiff?$/.test(name)).sort();
settleDriver();
const device = await Device.open((await someAdapters())[0]);
const network = new NetworkInterpolator(device, readModel(await Deno.readFile(modelPath)));
await Deno.mkdir("out/quality", { recursive: true });

/** All stacks at one factor; what a former run measured is read. */
async function measureAll(keep: number): Promise<LearningStack[]> {
  const model = modelPath.replace(/.*\//, "");
  const kept = `out/quality/${model}-${side}-${keep}x.jsonl`;
  const lines = await Deno.readTextFile(kept).catch(() => "");
  const known = new Map(
    lines.split("\n").filter(Boolean).map((line): [string, LearningStack[]] => JSON.parse(line)),
  );
  const all: LearningStack[] = [];
  for (const name of names) {
    const found = known.get(name) ?? await measure(network, name, groups[name] ?? name, keep);
    if (!known.has(name)) {
      await Deno.writeTextFile(kept, `${JSON.stringify([name, found])}\n`, { append: true });
      console.error(`${keep}x ${name}`);
    }
    all.push(...found);
  }
  return all;
}

const twofold = await measureAll(2);
for (const factor of FACTORS) {
  const scored = factor === 2 ? twofold : await measureAll(factor);
  const rows = scored.map((stack) => {
    const others = twofold.filter(({ group }) => group !== stack.group);
    const { network: alone = NaN, adaptive, calibrated } = gainsOf(stack, learnMap(others));
    return { name: stack.name, values: [alone, adaptive, calibrated] };
  });
  const line = (name: string, values: readonly number[]) =>
    `| ${name} | ${values.map((v) => `${v < 0 ? "" : "+"}${v.toFixed(2)}`).join(" | ")} |`;
  const over = (of: (values: number[]) => number) =>
    [0, 1, 2].map((column) => of(rows.map(({ values }) => values[column])));
  console.log(`| ${factor}x, ${side} x ${side} | network | adaptive linear | calibrated |`);
  console.log("|---|---|---|---|");
  for (const { name, values } of rows) console.log(line(name, values));
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  console.log(`${line("mean", over(mean))}\n${line("worst", over((v) => Math.min(...v)))}\n`);
}
