import assert from "assert";
import { fileURLToPath } from "node:url";
import { learnMap } from "../../src/calibration/learn.ts";
import { mapOf } from "../../src/calibration/map.ts";
import { readModel } from "../../src/core.ts";
import { sha256 } from "../../src/files/provenance.ts";
import { corpusGrams } from "./corpus.ts";

const bytesOf = (name: string) =>
  Deno.readFile(fileURLToPath(new URL(`../../models/${name}.safetensors`, import.meta.url)));
const corpus = await corpusGrams();

Deno.test({
  name: "the map that ships in ZAugNet is what the corpus teaches",
  ignore: !corpus,
  async fn() {
    const map = mapOf(readModel(await bytesOf("zaugnet")).metadata)!;
    const learnt = learnMap(corpus!.all);
    for (const part of ["corrections", "typical"] as const) {
      map[part].flat().forEach((value, i) => {
        assert.ok(Math.abs(value - learnt[part].flat()[i]) < 1e-6, `${part} ${i}`);
      });
    }
  },
});

Deno.test("the weights of ZAugNet are those that were trained, bit for bit", async () => {
  const bytes = await bytesOf("zaugnet");
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  // Of the file as it was before it carried a map, its header left out.
  assert.equal(
    await sha256(bytes.slice(8 + header)),
    "c55aa9806cef7de3b2ecc538dcba68e8a70c3749ceb869b276f4d3c6a894a793",
  );
});

Deno.test("ZAugNet+ carries no map, as its card says", async () => {
  assert.equal(mapOf(readModel(await bytesOf("zaugnet_plus")).metadata), undefined);
});
