import assert from "assert";
import { inTemporaryFolder, runCli, runCliOnFullDisk, startCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const model = formulaModelFile("zaugnet");

const predict = (...args: string[]) => runCli("predict", ...args, "--model", model);

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("a pipe or a device as input is refused at once", () =>
  inTemporaryFolder(async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe.tif`] }).output();
    await writeStack(`${folder}/a.tif`);
    const out = ["-o", `${folder}/out.tif`];
    for (
      const [args, what] of [
        [[`predict`, `${folder}/pipe.tif`, ...out, "-m", model], /pipe\.tif is a pipe, and only/],
        [["predict", "/dev/zero", ...out, "-m", model], /\/dev\/zero is a device, and only/],
        [["predict", `${folder}/a.tif`, ...out, "-m", `${folder}/pipe.tif`], /is a pipe, and only/],
        [["info", `${folder}/pipe.tif`], /pipe\.tif is a pipe, and only files can be read/],
        [["evaluate", `${folder}/pipe.tif`, "-m", model], /pipe\.tif is a pipe/],
      ] as const
    ) {
      const { code, stderr } = await runCli(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, what);
    }
  }));

Deno.test("a full disk ends predict with one sentence and code 1, and leaves nothing", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 60 } });
    const args = ["predict", `${folder}/a.tif`, "-o", `${folder}/out.tif`, "-m", model];
    const { code, stderr } = await runCliOnFullDisk(...args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error: .*out\.tif can't be read or written: File too large .*\.$/m);
    assert.deepEqual(names(folder), ["a.tif"]);
  }));

Deno.test("a machine without a driver ends predict with one sentence and code 1", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    const args = ["predict", `${folder}/a.tif`, "-o", `${folder}/out.tif`, "-m", model];
    for (const more of [[], ["--adapter", "0"]]) {
      const child = startCli([...args, ...more], undefined, {
        VK_DRIVER_FILES: `${folder}/none.json`,
        VK_ICD_FILENAMES: `${folder}/none.json`,
      });
      const { code, stderr } = await child.output();
      const said = new TextDecoder().decode(stderr);
      assert.equal(code, 1, said);
      assert.match(said, /^error: There is no WebGPU adapter\. Install a Vulkan driver/m);
    }
  }));

Deno.test("tune finds out that its cache can't be written before it measures", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/cache`, "a file where a folder is due");
    const child = startCli(["tune", "--tile", "64"], `${folder}/cache`);
    const { code, stderr } = await child.output();
    const said = new TextDecoder().decode(stderr);
    assert.equal(code, 2, said);
    assert.match(said, /cache\/zaugnet\/kernels can't be read or written/);
    assert.doesNotMatch(said, /convolutions|Adapter:/);
  }));

Deno.test("predict refuses what its --host-memory does not hold before it starts", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    const args = [`${folder}/a.tif`, "-o", `${folder}/out/`];
    for (const more of [[], ["--dry-run"], ["--shard", "0/2"]]) {
      const { code, stderr } = await predict(...args, ...more, "--host-memory", "200M");
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /would take about 286\.\d MiB of this machine's memory, and 200\.0 MiB may be/,
      );
      assert.match(stderr, /allow more with --host-memory/);
    }
    assert.deepEqual(names(folder), ["a.tif"]);
    assert.equal((await predict(...args, "--host-memory", "1G")).code, 0);
  }));
