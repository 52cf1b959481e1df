import assert from "assert";
import { bytesSource } from "../../src/io/byte_source.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { measureGaps } from "../../src/prediction/known_gaps.ts";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { planPrediction } from "../../src/prediction/plan.ts";
import { normalizerFor } from "../../src/stack/normalizer.ts";
import { readModel } from "../../src/zaugnet/model.ts";
import { testDevice } from "../support/device.ts";
import { shared } from "../support/shared.ts";
import { corpusGrams } from "./corpus.ts";

const NAME = "spindle_mesc_75";
const path = shared(`corpus/${NAME}.tif`);
const corpus = path ? await corpusGrams() : undefined;
const shipped = new URL("../../models/zaugnet.safetensors", import.meta.url);

/** The first and the third gap, wide and near, of the stack with every second slice. */
const GAPS = [
  { t: 0, target: 2, around: [0, 0, 4, 8], distance: 0.5 },
  { t: 0, target: 6, around: [0, 4, 8, 12], distance: 0.5 },
  { t: 0, target: 1, around: [0, 0, 2, 4], distance: 0.5 },
  { t: 0, target: 5, around: [2, 4, 6, 8], distance: 0.5 },
] as const;

Deno.test({
  name: "a real stack's gaps have the products that PyTorch and NumPy found with the shipped model",
  ignore: !corpus,
  async fn() {
    const expected = corpus!.first.find(({ name }) => name === NAME)!;
    const reader = await openStack(bytesSource(await Deno.readFile(path!), NAME));
    const normalizer = await normalizerFor(reader, { normalization: "stack" });
    const network = new NetworkInterpolator(
      await testDevice(),
      readModel(await Deno.readFile(shipped)),
    );
    const plan = planPrediction(reader.info, network);
    const [gaps] = await measureGaps(reader, GAPS, {
      normalizer,
      network: { interpolator: network, plan },
    });
    network.dispose();
    const known = [...expected.wide.slice(0, 2), ...expected.near.slice(0, 2)];
    for (const [k, { bands, errors, pixels }] of gaps.entries()) {
      assert.equal(pixels, known[k].pixels);
      // A product may nearly cancel: what counts is its share of the two powers.
      const off = (own: number, other: number, powers: number) =>
        assert.ok(Math.abs(own - other) < 1e-3 * powers, `gap ${k}: ${own}, expected ${other}`);
      errors.forEach((row, i) =>
        row.forEach((value, j) =>
          off(value, known[k].errors[i][j], Math.sqrt(errors[i][i] * errors[j][j]))
        )
      );
      bands.forEach((gram, b) =>
        gram.forEach((row, i) =>
          row.forEach((value, j) =>
            off(value, known[k].bands[b][i][j], Math.sqrt(gram[i][i] * gram[j][j]))
          )
        )
      );
    }
  },
});
