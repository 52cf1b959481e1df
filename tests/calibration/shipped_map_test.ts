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

/** Of the files as they were before they carried maps, their headers left out. */
const WEIGHTS = {
  zaugnet: "c55aa9806cef7de3b2ecc538dcba68e8a70c3749ceb869b276f4d3c6a894a793",
  zaugnet_plus: "76cc0c4353c55a746903fcec4c6f60049036f55dff4c450841257238e283fc11",
};
for (const [name, digest] of Object.entries(WEIGHTS)) {
  Deno.test(`${name} carries a map, and its weights are those that were trained, bit for bit`, async () => {
    const bytes = await bytesOf(name);
    assert.ok(mapOf(readModel(bytes).metadata));
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    assert.equal(await sha256(bytes.slice(8 + header)), digest);
  });
}
