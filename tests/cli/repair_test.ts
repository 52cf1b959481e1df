import assert from "assert";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { readStack, waves, writeStack } from "../support/stacks.ts";

const ZAUGNET = formulaModelFile("zaugnet");
const PLUS = formulaModelFile("zaugnet+");
const sizes = { t: 1, c: 1, z: 9, y: 32, x: 48 };

/** A stack whose slices 4, 5 and 9 are blank, and a run of `predict` that writes out.tif. */
function withBlanks(
  test: (folder: string, run: (...args: string[]) => ReturnType<typeof runCli>) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const good = waves("uint8", sizes);
    await writeStack(
      `${folder}/a.tif`,
      { sizes },
      (t, c, z) => [3, 4, 8].includes(z) ? new Uint8Array(32 * 48) : good(t, c, z),
    );
    await test(
      folder,
      (...args) => runCli("predict", `${folder}/a.tif`, "-o", `${folder}/out.tif`, ...args),
    );
  });
}

Deno.test("predict --repair auto fills the damaged slices and leaves the others bit for bit", () =>
  withBlanks(async (folder, run) => {
    const result = await run("-m", PLUS, "--repair", "auto", "--json");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /slice 4 holds 0 everywhere/);
    assert.match(result.stderr, /slice 9 can't be filled: .*; left as found/);
    const [{ repaired }] = JSON.parse(result.stdout).files;
    assert.deepEqual(repaired.map(({ z }: { z: number }) => z), [4, 5]);
    const [before, after] = [
      await readStack(`${folder}/a.tif`),
      await readStack(`${folder}/out.tif`),
    ];
    assert.deepEqual(after.info.sizes, before.info.sizes);
    assert.deepEqual(after.info.voxelSize, before.info.voxelSize);
    assert.equal(after.info.extras?.["zaugnet.repaired"], "slice 4, slice 5");
    for (let z = 0; z < 9; z++) {
      const [was, is] = [await before.readSlice(0, 0, z), await after.readSlice(0, 0, z)];
      if (z === 3 || z === 4) assert.ok(new Set(is).size > 1, `slice ${z} is filled`);
      else assert.deepEqual(is, was);
    }
  }));

Deno.test("predict --repair --dry-run says what is damaged and writes nothing", () =>
  withBlanks(async (folder, run) => {
    const result = await run("-m", PLUS, "--repair", "auto", "--dry-run");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /slice 5 holds 0 everywhere/);
    assert.match(result.stdout, /out\.tif would be written: 2 slices filled\./);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.tif"]);
  }));

Deno.test("predict --repair fills the slices that are named, one with ZAugNet", () =>
  withBlanks(async (folder, run) => {
    const result = await run("-m", ZAUGNET, "--repair", "7");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /out\.tif: 1 slice filled in .* all others as they were\./);
    const [before, after] = [
      await readStack(`${folder}/a.tif`),
      await readStack(`${folder}/out.tif`),
    ];
    assert.notDeepEqual(await after.readSlice(0, 0, 6), await before.readSlice(0, 0, 6));
    assert.deepEqual(await after.readSlice(0, 0, 3), await before.readSlice(0, 0, 3));
  }));

Deno.test("predict --repair auto of a whole stack writes nothing", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/a.tif`, { sizes });
    const result = await runCli(
      ...["predict", `${folder}/a.tif`, "-m", PLUS, "-o", `${folder}/out.tif`, "--repair", "auto"],
    );
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /a\.tif needs no repair; nothing was written\./);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.tif"]);
  }));

for (
  const { what, args, message } of [
    {
      what: "two slices in a row with ZAugNet",
      args: ["-m", ZAUGNET, "--repair", "3-4"],
      message: "slices 3 to 4, 2 in a row, need a ZAugNet+ model",
    },
    {
      what: "slices that are none",
      args: ["-m", PLUS, "--repair", "3;4"],
      message: 'It must be slices, counted from 1, such as 3,7-9; or "auto".',
    },
    {
      what: "a factor beside it",
      args: ["-m", PLUS, "--repair", "3", "--factor", "2"],
      message: "cannot be used with option",
    },
  ]
) {
  Deno.test(`predict --repair refuses ${what}`, () =>
    withBlanks(async (_folder, run) => {
      const result = await run(...args);
      assert.equal(result.code, 2, result.stderr);
      assert.ok(result.stderr.includes(message), result.stderr);
    }));
}
