import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import {
  formulaModel,
  formulaModelFile,
  PLAIN_MAP,
  SMALL_WIDTHS,
} from "../support/formula_model.ts";
import { readStack } from "../support/stacks.ts";
import { queuePrediction, until, withFixture } from "./compute_fixture.ts";
import { bodyOf } from "./data.ts";

async function samplesOf(path: string): Promise<number[][]> {
  const reader = await readStack(path);
  const slices = [];
  for (let z = 0; z < reader.info.sizes.z; z++) slices.push([...await reader.readSlice(0, 0, z)]);
  return slices;
}

Deno.test("a job with a model that carries a map is calibrated to the command line's bits", () =>
  withFixture(async (fixture) => {
    await fixture.models.put("m", bodyOf(formulaModel("zaugnet", SMALL_WIDTHS, PLAIN_MAP)));
    await fixture.start();
    const outputs: number[][][] = [];
    for (const calibration of ["auto", "off"] as const) {
      const id = await queuePrediction(fixture, { sizes: { z: 5, y: 64, x: 64 } }, { calibration });
      await until(fixture, id, "succeeded");
      const folder = fixture.data.job(id);
      const made = await samplesOf(folder.output("imagej"));
      await inTemporaryFolder(async (there) => {
        const output = `${there}/out.tif`;
        const model = formulaModelFile("zaugnet", SMALL_WIDTHS, PLAIN_MAP);
        const args = ["predict", folder.input(1), "-m", model, "-o", output];
        const { code, stderr } = await runCli(...args, "--calibration", calibration);
        assert.equal(code, 0, stderr);
        assert.deepEqual(made, await samplesOf(output));
      });
      outputs.push(made);
    }
    assert.notDeepEqual(outputs[0], outputs[1]);
  }));
