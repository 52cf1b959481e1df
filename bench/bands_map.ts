/**
 * Learns the map of `predict --method bands`, which has no network, from the Gram matrices of the
 * corpus, and writes src/calibration/bands_map.json. Needs ../shared.
 *
 *   deno run --allow-read --allow-write=src/calibration bench/bands_map.ts
 */
import { learnMap } from "../src/calibration/learn.ts";
import { corpusGrams } from "../tests/calibration/corpus.ts";

const corpus = await corpusGrams(2);
if (!corpus) throw new Error("The corpus's Gram matrices are not there (../shared/science)");
const rounded = (matrix: readonly (readonly number[])[]) =>
  matrix.map((row) => row.map((value) => Number(value.toPrecision(6))));
const { corrections, typical } = learnMap(corpus.all);
const map = { corrections: rounded(corrections), typical: rounded(typical) };
await Deno.writeTextFile("src/calibration/bands_map.json", `${JSON.stringify(map, null, 2)}\n`);
