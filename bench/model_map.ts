/**
 * Learns a calibration map and puts it into a model's metadata; its weights stay as they are, bit
 * for bit. What it learns from: what bench/quality.ts measured with that model at 2x, or the Gram
 * matrices of the corpus, which were measured with the shipped ZAugNet (needs ../shared).
 *
 *   deno run --allow-read --allow-write=models bench/model_map.ts MODEL [out/quality/….jsonl]
 */
import { type LearningStack, learnMap } from "../src/calibration/learn.ts";
import { withMap } from "../src/calibration/map.ts";
import { readModel, writeModel } from "../src/core.ts";
import { corpusGrams } from "../tests/calibration/corpus.ts";

const [path, measured] = Deno.args;

async function stacks(): Promise<LearningStack[] | undefined> {
  if (measured === undefined) return (await corpusGrams())?.all;
  const lines = (await Deno.readTextFile(measured)).trim().split("\n");
  return lines.flatMap((line): LearningStack[] => JSON.parse(line)[1]);
}

const lessons = await stacks();
if (!lessons) throw new Error("The corpus's Gram matrices are not there (../shared/science)");
const model = readModel(await Deno.readFile(path), path);
const metadata = withMap(model.metadata, learnMap(lessons));
await Deno.writeFile(path, writeModel({ ...model, metadata }, { storage: "F16" }));
