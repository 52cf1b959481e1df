/**
 * Learns a calibration map from the Gram matrices of the corpus, which were measured with the
 * shipped ZAugNet, and puts it into a model's metadata; its weights stay as they are, bit for bit.
 * Needs ../shared.
 *
 *   deno run --allow-read --allow-write=models bench/model_map.ts models/zaugnet.safetensors
 */
import { learnMap } from "../src/calibration/learn.ts";
import { withMap } from "../src/calibration/map.ts";
import { readModel, writeModel } from "../src/core.ts";
import { corpusGrams } from "../tests/calibration/corpus.ts";

const [path] = Deno.args;
const corpus = await corpusGrams();
if (!corpus) throw new Error("The corpus's Gram matrices are not there (../shared/science)");
const model = readModel(await Deno.readFile(path), path);
const metadata = withMap(model.metadata, learnMap(corpus.all));
await Deno.writeFile(path, writeModel({ ...model, metadata }, { storage: "F16" }));
