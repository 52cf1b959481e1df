import assert from "assert";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { readModel } from "../../src/zaugnet/model.ts";
import { PAPER_WIDTHS } from "../../src/zaugnet/widths.ts";
import { testDevice } from "../support/device.ts";
import { formulaModel } from "../support/formula_model.ts";

const device = await testDevice();
const SIDE = 128;

/** Bytes at the peak of a prediction, when its buffers are there already; and those planned for. */
async function peakIn(precision: "f32" | "f16"): Promise<{ peak: number; planned: number }> {
  const model = readModel(formulaModel("zaugnet", PAPER_WIDTHS.generator), "formula");
  const network = new NetworkInterpolator(device, model, precision);
  const plane = new Float32Array(SIDE * SIDE);
  for (let pass = 0; pass < 2; pass++) {
    network.resetPeak();
    await network.interpolate([{ before: plane, after: plane, dpm: 0.5 }], SIDE, SIDE);
  }
  const [peak, planned] = [network.peakDeviceBytes, network.peakBytes(1, SIDE, SIDE)];
  network.dispose();
  return { peak, planned };
}

Deno.test({
  name:
    "features in halves need less than three quarters of the memory, and what is planned is enough",
  ignore: !device.adapter.features.includes("shader-f16"),
  async fn() {
    const [wide, half] = [await peakIn("f32"), await peakIn("f16")];
    assert.ok(half.peak < 0.75 * wide.peak, `${half.peak} of ${wide.peak}`);
    for (const { peak, planned } of [wide, half]) assert.ok(peak <= planned, `${peak}, ${planned}`);
  },
});

Deno.test({
  name: "features that halves can't hold are an error, where float32 holds them",
  ignore: !device.adapter.features.includes("shader-f16"),
  async fn() {
    const model = readModel(formulaModel("zaugnet"), "formula");
    const name = "contextnet.conv1.conv1.0.bias";
    const bias = model.weights.get(name)!;
    const weights = new Map(model.weights).set(name, { ...bias, data: bias.data.map(() => 2e5) });
    const plane = new Float32Array(32 * 32).fill(0.5);
    const predict = async (precision: "f32" | "f16") => {
      const network = new NetworkInterpolator(device, { ...model, weights }, precision);
      try {
        return await network.interpolate([{ before: plane, after: plane, dpm: 0.5 }], 32, 32);
      } finally {
        network.dispose();
      }
    };
    assert.equal((await predict("f32")).length, 1);
    await assert.rejects(() => predict("f16"), /answered NaN or infinity/);
  },
});
