import assert from "assert";
import { inTemporaryFolder, runCli, startCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const model = formulaModelFile("zaugnet");

const predict = (...args: string[]) => runCli("predict", ...args, "--model", model);

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

const TWO_MINUTES = 120_000;

/** Starts a prediction that takes long, and waits until it writes. */
async function startLong(folder: string, output: string) {
  const input = `${folder}/long.tif`;
  await writeStack(input, { sizes: { z: 400 } });
  const child = startCli(["predict", input, "-o", output, "--batch-size", "1", "--model", model]);
  const ending = child.output();
  while (!names(folder).some((name) => name.endsWith(".partial"))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { child, ending };
}

Deno.test("a second run to the same output is refused by name of the first, which goes on", () =>
  inTemporaryFolder(async (folder) => {
    const { child, ending } = await startLong(folder, `${folder}/out.tif`);
    await writeStack(`${folder}/b.tif`);
    await Deno.symlink(folder, `${folder}/alias`);
    const before = names(folder);
    for (const output of ["out.tif", "alias/out.tif"]) {
      const { code, stderr } = await predict(`${folder}/b.tif`, "-o", `${folder}/${output}`);
      assert.equal(code, 2, stderr);
      const who = `process \\d+ on ${Deno.hostname()}, since \\d{4}-.*Z`;
      assert.match(stderr, new RegExp(`out\\.tif is being written by another run \\(${who}\\)`));
    }
    assert.deepEqual(names(folder), before, "the first keeps what it has");
    child.kill("SIGINT");
    assert.equal((await ending).code, 130);
    assert.deepEqual(names(folder), ["alias", "b.tif", "long.tif"]);
  }));

Deno.test("what a run that was killed left is taken over and removed by the next one", () =>
  inTemporaryFolder(async (folder) => {
    const { child, ending } = await startLong(folder, `${folder}/out.tif`);
    child.kill("SIGKILL");
    await ending;
    assert.equal(names(folder).length, 3, "a mark and an unfinished file are left");
    await writeStack(`${folder}/b.tif`);
    const { code, stderr } = await predict(`${folder}/b.tif`, "-o", `${folder}/out.tif`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(names(folder), ["b.tif", "long.tif", "out.tif"]);
  }));

Deno.test("another machine's mark holds while it is touched, and is taken over when it is not", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`);
    const mark = `${folder}/out.tif.lock`;
    const partial = "out.tif.01234567.partial";
    const since = "2026-01-02T03:04:05.000Z";
    await Deno.writeTextFile(
      mark,
      JSON.stringify({ host: "far-away", process: 7, since, partial }),
    );
    await Deno.writeTextFile(`${folder}/${partial}`, "half");
    const refused = await predict(`${folder}/a.tif`, "-o", `${folder}/out.tif`);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /process 7 on far-away, since 2026-01-02T03:04:05\.000Z/);

    const old = new Date(Date.now() - TWO_MINUTES - 10_000);
    await Deno.utime(mark, old, old);
    const { code, stderr } = await predict(`${folder}/a.tif`, "-o", `${folder}/out.tif`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(names(folder), ["a.tif", "out.tif"]);
  }));

Deno.test("a run whose output was taken over says so and keeps nothing", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes: { z: 40 } });
    const args = [`${folder}/a.tif`, "-o", `${folder}/out.tif`, "--batch-size", "1"];
    const child = startCli(["predict", ...args, "--model", model]);
    const ending = child.output();
    // The mark is whole before the unfinished file is there.
    while (!names(folder).some((name) => name.endsWith(".partial"))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const other = { process: 7, since: "2026", partial: "out.tif.01234567.partial" };
    await Deno.writeTextFile(`${folder}/out.tif.lock`, JSON.stringify(other));
    const { code, stderr } = await ending;
    assert.equal(code, 2);
    assert.match(new TextDecoder().decode(stderr), /Another run took .*out\.tif over/);
    assert.deepEqual(names(folder), ["a.tif", "out.tif.lock"], "the other's mark stays");
  }));

Deno.test("no command replaces an input, by whatever name it is given", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in`);
    const input = `${folder}/in/a.tif`;
    await writeStack(input);
    await Deno.symlink(`${folder}/in`, `${folder}/alias`);
    await Deno.symlink(input, `${folder}/link.tif`);
    await Deno.link(input, `${folder}/hard.tif`);
    await Deno.copyFile(model, `${folder}/m.tif`);
    await Deno.link(`${folder}/m.tif`, `${folder}/m.safetensors`);
    const [before, weights] = [await Deno.readFile(input), await Deno.readFile(`${folder}/m.tif`)];
    const refused = async (...args: string[]) => {
      const { code, stderr } = await runCli(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /would replace (an input|the input .*); choose another output/);
      assert.deepEqual(await Deno.readFile(input), before);
      assert.deepEqual(await Deno.readFile(`${folder}/m.tif`), weights);
    };
    for (const output of ["in/a.tif", "alias/a.tif", "link.tif", "hard.tif", "alias/"]) {
      await refused("predict", input, "-o", `${folder}/${output}`, "-m", model);
    }
    await refused("predict", `${folder}/link.tif`, "-o", input, "-m", model);
    await refused("predict", input, "-o", `${folder}/m.tif`, "-m", `${folder}/m.safetensors`);
    await refused("convert", `${folder}/m.tif`, `${folder}/m.safetensors`);
    await refused("evaluate", input, "-m", model, "--csv", `${folder}/hard.tif`);
  }));

Deno.test("outputs whose names differ in case only are refused, since some disks take them for one", () =>
  inTemporaryFolder(async (folder) => {
    for (const name of ["one/A.tif", "two/a.tif"]) {
      await Deno.mkdir(`${folder}/${name.slice(0, 3)}`);
      await writeStack(`${folder}/${name}`);
    }
    const inputs = [`${folder}/one/A.tif`, `${folder}/two/a.tif`];
    const { code, stderr } = await predict(...inputs, "-o", `${folder}/out/`);
    assert.equal(code, 2);
    assert.match(stderr, /one\/A\.tif and .*two\/a\.tif would both become .*out\/a\.tif/);
  }));

Deno.test("a name of 250 bytes can be predicted and be written", () =>
  inTemporaryFolder(async (folder) => {
    const name = `${"ä".repeat(123)}.tif`;
    assert.equal(new TextEncoder().encode(name).length, 250);
    await writeStack(`${folder}/${name}`);
    const { code, stderr } = await predict(`${folder}/${name}`, "-o", `${folder}/out/`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(names(`${folder}/out`), [name]);
  }));

/** Changes one sample of a file, and nothing else: neither its size nor its time. */
async function changeSample(path: string, fromEnd: number) {
  const { mtime, size } = await Deno.stat(path);
  using file = await Deno.open(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  await file.seek(size - fromEnd, Deno.SeekMode.Start);
  await file.read(byte);
  await file.seek(size - fromEnd, Deno.SeekMode.Start);
  await file.write(byte.map((value) => value ^ 1));
  await file.utime(mtime!, mtime!);
}

Deno.test("predict --resume stops by name at an input that was changed, whatever its time says", () =>
  inTemporaryFolder(async (folder) => {
    for (const name of ["a", "b"]) await writeStack(`${folder}/${name}.tif`);
    const args = [`${folder}/a.tif`, `${folder}/b.tif`, "-o", `${folder}/out/`];
    assert.equal((await predict(...args)).code, 0);
    await changeSample(`${folder}/a.tif`, 32 * 48 + 700);
    await Deno.utime(`${folder}/b.tif`, new Date(), new Date());
    const { code, stdout, stderr } = await predict(...args, "--resume");
    assert.equal(code, 2);
    assert.match(stderr, /a\.tif was changed since .*out\/a\.tif was made from it.* --resume\./);
    assert.match(stdout, /b\.tif is whole already/);
    assert.equal((await predict(...args)).code, 0, "without --resume it is made anew");
  }));

Deno.test("predict --resume makes anew what was made from the input read in another way", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(
      `${folder}/a.tif`,
      { sizes: { c: 2 } },
      (_t, c) => new Uint8Array(32 * 48).fill(c + 7),
    );
    const args = [`${folder}/a.tif`, "-o", `${folder}/out.tif`, "--resume"];
    const made: Uint8Array[] = [];
    for (const channel of ["1", "2"]) {
      const { code, stderr } = await predict(...args, "--channels", channel);
      assert.equal(code, 0, stderr);
      made.push(await Deno.readFile(`${folder}/out.tif`));
    }
    assert.notDeepEqual(made[0], made[1]);
    assert.match((await predict(...args, "--channels", "2")).stdout, /is whole already/);
  }));

Deno.test("a shard's --resume stops by name at an input that was changed", () =>
  inTemporaryFolder(async (folder) => {
    const stack = `${folder}/a.tif`;
    await writeStack(stack, { sizes: { z: 5 } });
    const args = [stack, "-o", `${folder}/parts/`, "--shard", "0/2"];
    assert.equal((await predict(...args)).code, 0);
    await changeSample(stack, 32 * 48 + 700);
    const { code, stderr } = await predict(...args, "--resume");
    assert.equal(code, 2);
    assert.match(stderr, /a\.tif was changed since .*shard-0-of-2\.json was made from it/);
  }));

Deno.test("an input that is changed while it is predicted stops the run by name", () =>
  inTemporaryFolder(async (folder) => {
    const { ending } = await startLong(folder, `${folder}/out.tif`);
    await changeSample(`${folder}/long.tif`, 10);
    const { code, stderr } = await ending;
    assert.equal(code, 2);
    assert.match(
      new TextDecoder().decode(stderr),
      /long\.tif was changed while it was worked on: slice 400 has other samples than before/,
    );
    assert.deepEqual(names(folder), ["long.tif"]);
  }));
