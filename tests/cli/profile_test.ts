import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { testDevice } from "../support/device.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const { features } = (await testDevice()).adapter;

interface Event {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly operation: string };
}

Deno.test({
  name: "zaugnet predict --profile writes each dispatch as an event of a Chrome trace",
  ignore: !features.includes("timestamp-query"),
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await writeStack(`${folder}/stack.tif`, { sizes: { z: 2, y: 64, x: 64 } });
      const model = formulaModelFile("zaugnet");
      const { code, stderr } = await runCli(
        ...["predict", `${folder}/stack.tif`, "-m", model, "-o", `${folder}/out.tif`],
        ...["--profile", `${folder}/trace.json`],
      );
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Profile: \d+ dispatches, \d+ ms on the device, in .*trace\.json\./);
      const trace = JSON.parse(Deno.readTextFileSync(`${folder}/trace.json`));
      const events: Event[] = trace.traceEvents;
      assert.ok(events.length > 60, "the network has 62 convolutions");
      const warps = events.filter(({ name }) => name === "warp");
      assert.match(warps[0].args.operation, /^warp \[1,1,64,64\]/);
      assert.ok(events.every(({ ph, ts, dur }) => ph === "X" && ts >= 0 && dur >= 0));
    }),
});

Deno.test("zaugnet predict refuses --profile of several adapters with one sentence", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 2, y: 64, x: 64 } });
    const model = formulaModelFile("zaugnet");
    const { code, stderr } = await runCli(
      ...["predict", `${folder}/stack.tif`, "-m", model, "-o", `${folder}/out.tif`],
      ...["--profile", `${folder}/trace.json`, "--workers-per-adapter", "2"],
    );
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^error: --profile is of one adapter only\.$/m);
  }));
