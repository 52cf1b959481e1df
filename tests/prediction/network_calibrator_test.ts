import assert from "assert";
import { hostFilter } from "../../src/calibration/band_filter.ts";
import { Device } from "../../src/gpu/device.ts";
import { fitCompletion } from "../../src/prediction/calibration.ts";
import { NetworkInterpolator } from "../../src/prediction/network_interpolator.ts";
import { planPrediction } from "../../src/prediction/plan.ts";
import { predictSlices } from "../../src/prediction/predict.ts";
import { Normalizer } from "../../src/stack/normalizer.ts";
import { InputError, readModel } from "../../src/core.ts";
import { testAdapter } from "../support/adapter.ts";
import { formulaModel, PLAIN_MAP, SMALL_WIDTHS } from "../support/formula_model.ts";
import { FakeReader, stackInfo } from "./stand_ins.ts";

const reader = new FakeReader(
  stackInfo([1, 1, 4, 80, 72], { sampleType: "float32" }),
  (_t, _c, z, i) => 0.5 + 0.4 * Math.sin(i / 7 + z / 2 + i * i % 5),
);
const normalizer = new Normalizer("range", { low: 0, high: 1 });
const model = readModel(formulaModel("zaugnet", SMALL_WIDTHS, PLAIN_MAP));

async function calibrated(network: NetworkInterpolator): Promise<number[]> {
  const plan = planPrediction(reader.info, network);
  const completion = await fitCompletion(reader, network, plan, { normalizer });
  const slices = predictSlices(reader, network, plan, { normalizer, completion });
  return (await Array.fromAsync(slices)).flatMap(({ slice }) => [...slice]);
}

Deno.test("a network on a graphics card is calibrated there, within the memory, as on the host", async () => {
  const device = await Device.open({ ...await testAdapter(), type: "gpu" });
  try {
    const network = new NetworkInterpolator(device, model);
    assert.notEqual(network.calibrator.filter, hostFilter);
    assert.ok(network.calibrator.filterBytes > 0);
    const there = await calibrated(network);
    // The first run also packs weights, which stay.
    const before = device.liveBytes;
    assert.deepEqual(await calibrated(network), there);
    assert.equal(device.liveBytes, before, "nothing is left on the card");
    Object.assign(network, { calibrator: { ...network.calibrator, filter: hostFilter } });
    const here = await calibrated(network);
    const off = Math.max(...there.map((value, i) => Math.abs(value - here[i])));
    assert.ok(off < 2e-5, `off by ${off}`);
    network.dispose();
  } finally {
    device.close();
  }
});

Deno.test("a network in software is calibrated on the host, and one without a map takes no memory", async () => {
  const device = await Device.open({ ...await testAdapter(), type: "software" });
  try {
    assert.equal(new NetworkInterpolator(device, model).calibrator.filter, hostFilter);
    const bare = new NetworkInterpolator(device, readModel(formulaModel("zaugnet")));
    assert.deepEqual(bare.calibrator, { map: undefined, filter: hostFilter, filterBytes: 0 });
  } finally {
    device.close();
  }
});

Deno.test("a damaged map is refused in one sentence", async () => {
  const device = await Device.open(await testAdapter());
  const damaged = { ...model, metadata: { "zaugnet.calibration": "{}" } };
  try {
    assert.throws(() => new NetworkInterpolator(device, damaged), InputError);
  } finally {
    device.close();
  }
});
