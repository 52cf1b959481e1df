import assert from "assert";
import { inTemporaryFolder, runCli, startCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const model = formulaModelFile("zaugnet");
const STACK = { sampleType: "uint16", sizes: { t: 2, c: 2, z: 4, y: 32, x: 32 } } as const;

const predict = (...args: string[]) => runCli("predict", ...args, "--model", model);

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

async function succeeds(run: ReturnType<typeof runCli>) {
  const result = await run;
  assert.equal(result.code, 0, result.stderr);
  return result;
}

Deno.test("four shards merge to the bytes of one run; missing ones and others are refused", () =>
  inTemporaryFolder(async (folder) => {
    const stack = `${folder}/s.tif`;
    await writeStack(stack, STACK);
    const way = ["--factor", "4"];
    await succeeds(predict(stack, ...way, "-o", `${folder}/whole.ome.tif`));
    const shard = (i: number, ...more: string[]) =>
      succeeds(predict(stack, ...way, "-o", `${folder}/parts/`, "--shard", `${i}/4`, ...more));
    await Promise.all([0, 1].map((i) => shard(i)));
    await shard(3);
    const merge = (...folders: string[]) =>
      runCli("merge", ...folders.map((name) => `${folder}/${name}`), "-o", `${folder}/m.ome.tif`);

    const early = await merge("parts");
    assert.equal(early.code, 2);
    assert.match(early.stderr, /^error: Shard 2\/4 of s\.tif is missing\.$/m);
    assert.ok(!names(folder).includes("m.ome.tif"));

    await shard(2);
    await succeeds(merge("parts"));
    const [one, merged] = ["whole", "m"].map((name) =>
      Deno.readFileSync(`${folder}/${name}.ome.tif`)
    );
    assert.deepEqual(merged, one);

    const again = await shard(1, "--resume");
    assert.match(again.stdout, /\d+ slices, (\d+) of them there already/);
    await succeeds(
      predict(stack, ...way, "-o", `${folder}/other/`, "--shard", "1/4", "--range", "0,9000"),
    );
    const mixed = await merge("parts", "other");
    assert.equal(mixed.code, 2);
    assert.match(mixed.stderr, /do not belong together: their normalization.* differs/);
  }));

Deno.test("a shard that is terminated keeps what it has, and --resume goes on to the same bytes", () =>
  inTemporaryFolder(async (folder) => {
    const stack = `${folder}/long.tif`;
    await writeStack(stack, { sizes: { z: 240 } });
    const args = [stack, "--shard", "0/1", "--batch-size", "1", "--model", model];
    const child = startCli(["predict", ...args, "-o", `${folder}/parts/`]);
    const ending = child.output();
    const partial = `${folder}/parts/long.tif.shard-0-of-1.samples.partial`;
    for (let wait = 0; wait < 600; wait++) {
      const { size } = await Deno.stat(partial).catch(() => ({ size: 0 }));
      if (size > 4 * 32 * 48) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGTERM");
    const { code, stderr } = await ending;
    assert.equal(code, 130);
    assert.match(new TextDecoder().decode(stderr), /\d+ of 479 slices of shard 0\/1 are kept/);

    const resumed = await succeeds(
      runCli("predict", ...args, "-o", `${folder}/parts/`, "--resume", "--json"),
    );
    const { rows, rowsBefore } = JSON.parse(resumed.stdout);
    assert.equal(rows, 479);
    assert.ok(rowsBefore >= 2 && rowsBefore < 479, `${rowsBefore} were kept`);
    await succeeds(runCli("merge", `${folder}/parts`, "-o", `${folder}/merged.tif`));
    await succeeds(predict(stack, "-o", `${folder}/whole.tif`, "--batch-size", "1"));
    const [one, merged] = ["whole", "merged"].map((name) =>
      Deno.readFileSync(`${folder}/${name}.tif`)
    );
    assert.deepEqual(merged, one);
  }));

Deno.test("shards of several stacks are stacks, each in one of them", () =>
  inTemporaryFolder(async (folder) => {
    for (const name of ["a", "b", "c"]) await writeStack(`${folder}/in-${name}.tif`);
    for (const i of ["0/2", "1/2"]) {
      await succeeds(predict(`${folder}/in-*.tif`, "-o", `${folder}/out${i[0]}/`, "--shard", i));
    }
    assert.deepEqual(names(`${folder}/out0`), ["in-a.tif", "in-c.tif"]);
    assert.deepEqual(names(`${folder}/out1`), ["in-b.tif"]);
  }));

Deno.test("predict refuses a shard that is none, one of too many, and one into a file", () =>
  inTemporaryFolder(async (folder) => {
    const stack = `${folder}/s.tif`;
    await writeStack(stack, { sizes: { z: 3 } });
    const refused = async (shard: string, output: string, message: RegExp) => {
      const { code, stderr } = await predict(stack, "-o", `${folder}/${output}`, "--shard", shard);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.deepEqual(names(folder), ["s.tif"]);
    };
    await refused("4/4", "out/", /i from 0 to n - 1/);
    await refused("0/3", "out/", /A stack of 2 gaps can't be cut into 3 shards/);
    await refused("0/2", "out.tif", /--shard writes parts into a folder/);
    await refused("slurm", "out/", /--shard slurm is for tasks of a Slurm array/);
  }));
