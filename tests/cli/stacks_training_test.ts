import assert from "assert";
import { buildTiff, numberedPages } from "../io/tiff_builder.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { writeStack } from "../support/stacks.ts";

const INIT = formulaModelFile("zaugnet");
const HOW = ["--init", INIT, "--patch-size", "64", "--batch-size", "1", "--max-steps", "1"];
const cases = shared("cases");

Deno.test({
  name: "train never advises patches that it then refuses",
  ignore: cases === undefined,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const how = ["train", `${cases}/train/small.tif`, "-o", `${folder}/run`];
      const { code, stderr } = await runCli(...how);
      assert.equal(code, 2);
      assert.match(stderr, /too small for patches of 256 x 256: leave it out, since .* 64 x 64/);
      assert.doesNotMatch(stderr, /--patch-size 32/);
    }),
});

Deno.test("train leaves a bad stack out by its name, and learns from the others", () =>
  inTemporaryFolder(async (folder) => {
    const sizes = { z: 6, y: 64, x: 64 };
    for (const name of ["a.tif", "b.tif"]) {
      await writeStack(`${folder}/${name}`, { sizes: { ...sizes, z: name === "a.tif" ? 6 : 7 } });
    }
    await Deno.writeTextFile(`${folder}/broken.tif`, "no TIFF");
    await writeStack(`${folder}/flat.tif`, { sizes }, () => new Uint8Array(64 * 64).fill(7));
    const { code, stderr } = await runCli("train", folder, "-o", `${folder}/run`, ...HOW);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /WARNING: .*broken\.tif.* It is left out\./);
    assert.match(stderr, /WARNING: flat\.tif holds 7 everywhere.* It is left out\./);
    const alone = await runCli("train", `${folder}/flat.tif`, "-o", `${folder}/two`, ...HOW);
    assert.equal(alone.code, 2);
    assert.match(alone.stderr, /flat\.tif holds 7 everywhere/);
  }));

Deno.test("a run keeps how its stacks are read, and goes on so", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { t: 6, c: 2, z: 1, y: 64, x: 64 } });
    const said = ["--axes", "ZCYX", "--channels", "2", "--per", "channel"];
    const run = `${folder}/run`;
    const began = await runCli("train", `${folder}/a.tif`, "-o", run, ...HOW, ...said);
    assert.equal(began.code, 0, began.stderr);
    const config = JSON.parse(await Deno.readTextFile(`${run}/config.json`));
    assert.deepEqual(config.reading, { axes: "ZCYX", channels: [2] });
    assert.equal(config.per, "channel");
    const resumed = await runCli("train", "--resume", run, "--max-steps", "2");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stderr, /Going on from step 1/);
  }));

Deno.test("train takes a folder of slices as one stack, and names the flag where it is missing", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.mkdir(`${folder}/s`);
    for (let z = 0; z < 6; z++) {
      await writeStack(
        `${folder}/s/s${z + 5}.tif`,
        { sizes: { z: 1, y: 64, x: 64 } },
        () => Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * (z + 3)) % 251),
      );
    }
    const how = ["train", `${folder}/s`, "-o", `${folder}/run`, ...HOW];
    const refused = await runCli(...how);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /open them together: --sequence/);
    const trained = await runCli(...how, "--sequence");
    assert.equal(trained.code, 0, trained.stderr);
    const { stacks } = JSON.parse(await Deno.readTextFile(`${folder}/run/config.json`));
    assert.equal(stacks[0].length, 6);
  }));

Deno.test("relative paths are those of the folder that deno task was called from", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeFile(`${folder}/here.tif`, buildTiff(numberedPages(3)));
    const config = new URL("../../deno.json", import.meta.url).pathname;
    // The tests may run in a task themselves, which has said where from.
    const { INIT_CWD: _, ...env } = Deno.env.toObject();
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "--config", config, "zaugnet", "info", "here.tif"],
      cwd: folder,
      clearEnv: true,
      env,
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  }));
