import assert from "assert";
import { inTemporaryFolder, runCli, startCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, writeStack } from "../support/stacks.ts";
import { tinyTiff } from "../io/tiff_support.ts";

const model = formulaModelFile("zaugnet");

const predict = (...args: string[]) => runCli("predict", ...args, "--model", model);

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Two slices of 4 x 2 float64 samples, as ImageJ writes large stacks: one directory. */
function float64Stack(): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(Float64Array.from({ length: 16 }, (_, i) => i / 10).buffer);
  const description = "ImageJ=1.53t\nimages=2\nslices=2\n";
  return tinyTiff({ 258: 64, 270: description, 279: 64, 339: 3 }, values);
}

Deno.test("predict names each bad stack of a folder, and goes on with the rest", () =>
  inTemporaryFolder(async (folder) => {
    const input = `${folder}/in`;
    await Deno.mkdir(input);
    await writeStack(`${input}/Good.TIF`);
    const whole = await Deno.readFile(`${input}/Good.TIF`);
    await Deno.writeFile(`${input}/cut.tif`, whole.subarray(0, whole.length - 100));
    await Deno.writeTextFile(`${input}/text.tif`, "this is not a picture");
    await writeStack(`${input}/one.tif`, { sizes: { z: 1 } });
    await Deno.writeFile(`${input}/exact.tif`, float64Stack());
    await writeStack(`${input}/nan.tif`, { sampleType: "float32" }, (_t, _c, z) => {
      const slice = new Float32Array(32 * 48).fill(1);
      if (z === 1) slice[48 + 2] = NaN;
      return slice;
    });
    await Deno.writeTextFile(`${input}/notes.txt`, "no stack");

    const { code, stdout, stderr } = await predict(input, "--output", `${folder}/out/`, "--json");
    assert.equal(code, 2, stderr);
    const { files } = JSON.parse(stdout);
    const errors: Record<string, string> = Object.fromEntries(
      files.map((file: { input: string; error?: string }) => [
        file.input.split("/").at(-1),
        file.error ?? "",
      ]),
    );
    assert.deepEqual(Object.keys(errors), [
      ...["cut.tif", "exact.tif", "Good.TIF", "nan.tif", "one.tif", "text.tif"],
    ]);
    assert.equal(errors["Good.TIF"], "");
    assert.match(errors["cut.tif"], /Cannot read cut\.tif: .*the file was cut/);
    assert.match(errors["text.tif"], /Cannot read text\.tif: it is not a TIFF/);
    assert.match(errors["one.tif"], /has one slice; there is nothing to interpolate/);
    assert.match(errors["exact.tif"], /float64 value 0\.1 .*does not fit float32 exactly/);
    assert.match(errors["nan.tif"], /holds NaN at x 2, y 1 of slice 2 of channel 1 of frame 1/);
    assert.equal(stderr.match(/^error: /gm)?.length, 5, "each is named once on standard error");
    assert.deepEqual(names(`${folder}/out`), ["Good.TIF"], "no half file is left");
  }));

Deno.test("predict --resume skips what is whole, and makes again what is not or is another", () =>
  inTemporaryFolder(async (folder) => {
    for (const name of ["a", "b", "c"]) await writeStack(`${folder}/${name}.tif`);
    const inputs = ["a", "b", "c"].map((name) => `${folder}/${name}.tif`);
    const out = `${folder}/out`;
    const made = await predict(...inputs, "--output", out);
    assert.equal(made.code, 0, made.stderr);
    const before = await Deno.stat(`${out}/a.tif`);

    const whole = await Deno.readFile(`${out}/b.tif`);
    await Deno.writeFile(`${out}/b.tif`, whole.subarray(0, whole.length / 2));
    await Deno.remove(`${out}/c.tif`);
    const resumed = await predict(...inputs, "--output", out, "--resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stdout, /a\.tif is whole already/);
    assert.match(resumed.stdout, /2 predicted, 1 whole already, 0 failed\./);
    assert.deepEqual((await Deno.stat(`${out}/a.tif`)).mtime, before.mtime);
    assert.deepEqual(await Deno.readFile(`${out}/b.tif`), whole);

    const other = ["--range", "0,200"];
    const again = await predict(inputs[0], "--output", out, "--resume", ...other);
    assert.doesNotMatch(again.stdout, /whole already/, "another range is another output");
    const { extras } = (await readStack(`${out}/a.tif`)).info;
    assert.equal(extras?.["zaugnet.normalization_high"], "200");
  }));

Deno.test("predict --dry-run writes nothing, and --json says what it would write", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    const args = [`${folder}/a.tif`, "--output", `${folder}/new/`, "--factor", "4"];
    const { code, stdout, stderr } = await predict(...args, "--dry-run", "--json");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /WARNING: this is a software adapter|Adapter: /);
    const { dryRun, files: [file] } = JSON.parse(stdout);
    assert.equal(dryRun, true);
    assert.deepEqual(file.outputSizes, { t: 1, c: 1, z: 9, y: 32, x: 48 });
    assert.equal(file.predictedSlices, 6);
    assert.ok(file.peakDeviceBytes > 0 && file.seconds > 0);
    assert.deepEqual(names(folder), ["a.tif"]);
  }));

Deno.test("predict leaves no half file when it is interrupted, and ends with exit code 130", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/long.tif`, { sizes: { z: 400 } });
    const args = [`${folder}/long.tif`, "--output", `${folder}/out.tif`, "--model", model];
    const child = startCli(["predict", ...args, "--batch-size", "1"]);
    const ending = child.output();
    for (let wait = 0; wait < 600; wait++) {
      if (names(folder).includes("out.tif.partial")) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual(names(folder), ["long.tif", "out.tif.partial"], "it is at work");
    child.kill("SIGINT");
    const { code, stderr } = await ending;
    assert.equal(code, 130);
    assert.match(
      new TextDecoder().decode(stderr),
      /Interrupted: the unfinished output was removed/,
    );
    assert.deepEqual(names(folder), ["long.tif"]);
  }));
