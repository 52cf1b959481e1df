import assert from "assert";
import { gainOfWeights, gainsOf, learnMap, leaveGroupsOut } from "../../src/calibration/learn.ts";
import { fittedWeights } from "../../src/calibration/map.ts";
import { corpusGrams } from "./corpus.ts";

const corpus = await corpusGrams();
const withoutNetwork = await corpusGrams(2);

/**
 * What calibrate.py found on corpus.json.gz, one repository left out at a time, by a ridge of 0.01
 * and without typical weights.
 */
const NUMPY: Readonly<Record<string, readonly [network: number, simple: number, fitted: number]>> =
  {
    chromosomes_confocal: [0.79, 1.07, 1.15],
    nuclei_dense_z4um: [-0.97, -1.56, -0.78],
    rock_shale_sections: [0.47, 1.28, 1.27],
    spindle_pointroi_b: [-1.67, 0.03, 0.78],
    mri_banana: [1.83, 0.15, 1.80],
    em_fibsem_gala_train: [-0.12, -0.28, -0.11],
    dendrite_spines: [-1.12, -0.38, 1.06],
    vessels_2p_plaque: [0.73, 0.27, 1.00],
    reporter_fly_embryo: [0.28, -1.27, 0.78],
  };

Deno.test({
  name: "one repository left out, a map gains on its stacks what it gained in NumPy",
  ignore: !corpus,
  fn() {
    for (const [name, expected] of Object.entries(NUMPY)) {
      const stack = corpus!.first.find((stack) => stack.name === name)!;
      const map = learnMap(corpus!.first.filter(({ group }) => group !== stack.group), 0.01);
      const { network, adaptive } = gainsOf(stack, map);
      const fitted = gainOfWeights(stack, fittedWeights(stack.wide, map.corrections));
      [network!, adaptive, fitted].forEach((gain, i) =>
        assert.ok(Math.abs(gain - expected[i]) < 0.0051, `${name}, column ${i}: ${gain}`)
      );
    }
  },
});

Deno.test({
  name: "one repository left out, calibration gains 0.85 dB on the mean and loses 0.5 dB nowhere",
  ignore: !corpus,
  fn() {
    const gains = leaveGroupsOut(corpus!.all, corpus!.first).map(({ gains }) => gains);
    assert.equal(gains.length, 38);
    const mean = (of: (gain: typeof gains[number]) => number) =>
      gains.reduce((sum, gain) => sum + of(gain), 0) / gains.length;
    const calibrated = mean(({ calibrated }) => calibrated);
    assert.ok(calibrated >= 0.85, `${calibrated} dB`);
    assert.ok(calibrated > mean(({ adaptive }) => adaptive));
    assert.ok(Math.min(...gains.map(({ calibrated }) => calibrated)) > -0.5);
  },
});

Deno.test({
  name: "without a network, bands gain more than adaptive weights do",
  ignore: !withoutNetwork,
  fn() {
    const { first, all } = withoutNetwork!;
    const gains = leaveGroupsOut(all, first).map(({ gains }) => gains);
    assert.ok(gains.every(({ network }) => network === undefined));
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const [bands, simple] = [
      sum(gains.map(({ calibrated }) => calibrated)),
      sum(gains.map(({ adaptive }) => adaptive)),
    ];
    assert.ok(bands > simple, `${bands / gains.length} dB and ${simple / gains.length} dB`);
  },
});
