/**
 * How long the command line takes for the first slice of a stack, from the start of the process to
 * its end: a stack of two slices of 256 x 256, between which one is predicted. First with an empty
 * cache of shaders, as after an installation, then with what the driver has kept. A JSON line each on
 * standard output and in bench/results/ (Linux, for the CPU time).
 *
 *   deno task bench:start
 */
import { PAPER_WIDTHS } from "../src/zaugnet/widths.ts";
import assert from "assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import deno from "../deno.json" with { type: "json" };
import { inTemporaryFolder } from "../tests/support/cli.ts";
import { formulaModelFile } from "../tests/support/formula_model.ts";
import { writeStack } from "../tests/support/stacks.ts";
import { appendResults, commit, type ResultLine } from "./results.ts";

const [, ...COMMAND] = deno.tasks.zaugnet.split(" ");
/** Runs after which the driver keeps all: one that ends while it writes loses some. */
const RUNS = 4;
/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

await inTemporaryFolder(async (folder) => {
  // Where Mesa and NVIDIA keep compiled shaders.
  const env = { MESA_SHADER_CACHE_DIR: folder, __GL_SHADER_DISK_CACHE_PATH: folder };
  const stack = join(folder, "stack.tif");
  await writeStack(stack, { sizes: { z: 2, y: 256, x: 256 }, sampleType: "uint16" });
  const model = formulaModelFile("zaugnet", PAPER_WIDTHS.generator);
  for (let run = 1; run <= RUNS; run++) {
    const [before, start] = [childrensMilliseconds(), performance.now()];
    const output = ["--output", join(folder, "out.tif"), "--json"];
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [...COMMAND, "predict", stack, "--model", model, ...output],
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env,
      stderr: "inherit",
    }).output();
    const milliseconds = Math.round(performance.now() - start);
    assert.ok(success);
    if (run > 1 && run < RUNS) continue;
    const report = JSON.parse(new TextDecoder().decode(stdout));
    const { adapter, startUp, files: [{ peakDeviceBytes }] } = report;
    const line: ResultLine = {
      date: new Date().toISOString(),
      commit: commit(),
      adapter: adapter.name,
      type: adapter.type,
      name: `first slice of 256x256, shaders ${run === 1 ? "new" : "kept"}`,
      milliseconds,
      cpuMilliseconds: childrensMilliseconds() - before,
      peakBytes: peakDeviceBytes,
      startUp,
    };
    appendResults(adapter.name, [line]);
    console.log(JSON.stringify(line));
  }
});

/** CPU time of the processes that this one has started and that have ended. */
function childrensMilliseconds(): number {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // The program's name before the numbers is in brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return TICK_MS * (Number(fields[13]) + Number(fields[14]));
}
