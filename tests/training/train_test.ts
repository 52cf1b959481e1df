import assert from "assert";
import { readModel, train } from "../../mod.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";
import { testDevice } from "../support/device.ts";
import { formulaModel } from "../support/formula_model.ts";

Deno.test("train() leaves transparency out, and the critic where patches are too small for it", async () => {
  const info = stackInfo([1, 2, 5, 64, 64], { sampleType: "uint16", alpha: 1 });
  const stack = new FakeReader(info, (_t, c, z, i) => c === 1 ? 65535 : 100 * z + i % 64);
  const losses: string[] = [];
  await train([stack], {
    init: readModel(formulaModel("zaugnet")),
    device: await testDevice(),
    patchSize: 64,
    batchSize: 1,
    maxSteps: 1,
    onEvent: (event) => event.kind === "step" && losses.push(...Object.keys(event.losses)),
  });
  assert.ok(losses.includes("laplacian") && !losses.includes("criticTotal"), losses.join());
  assert.ok(!stack.reads.some((read) => read.startsWith("0,1,")), "transparency was read");
});
