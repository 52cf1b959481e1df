import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const PHASES = ["program", "model", "adapter", "stack", "first batch"];

Deno.test("zaugnet predict says where the time to its first batch went", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`, { sizes: { z: 2, y: 32, x: 32 } });
    const [stack, model] = [`${folder}/stack.tif`, formulaModelFile("zaugnet")];
    const predict = (...flags: string[]) => runCli("predict", stack, "--model", model, ...flags);
    const output = ["--output", `${folder}/out.tif`];
    const { stderr } = await predict(...output);
    const parts = PHASES.map((phase) => `${phase} [\\d.]+ s`).join(", ");
    assert.match(stderr, new RegExp(`^Start-up [\\d.]+ s: ${parts} with its shaders\\.$`, "m"));
    const { startUp } = JSON.parse((await predict(...output, "--json")).stdout);
    assert.deepEqual(Object.keys(startUp), PHASES);
    const dry = await predict(...output, "--dry-run");
    assert.doesNotMatch(dry.stderr, /Start-up/, "nothing is predicted");
  }));
