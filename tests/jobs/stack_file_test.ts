import assert from "assert";
import { join } from "node:path";
import { InputError, openStack } from "../../mod.ts";
import { openFile } from "../../src/jobs/files.ts";
import { readingAhead } from "../../src/jobs/reading_ahead.ts";
import { openStackFile } from "../../src/jobs/stack_file.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { writeStack } from "../support/stacks.ts";

/** So many samples that workers read it. */
const LARGE = { t: 2, c: 3, z: 3, y: 1024, x: 1024 };

async function writeLarge(path: string): Promise<void> {
  const { sizes } = await writeStack(path, { sizes: LARGE }, (t, c, z) => {
    const first = 100 * t + 10 * c + z;
    return new Uint8Array(LARGE.y * LARGE.x).map((_, i) => first + i % 7);
  });
  assert.deepEqual(sizes, LARGE);
}

Deno.test("openStackFile() reads a large stack's slices as they are, in any order", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "large.tif");
    await writeLarge(path);
    const plain = await openFile(path);
    const expected = await openStack(plain);
    const { reader, close } = await openStackFile(path);
    assert.deepEqual(reader.info, expected.info);
    const places = [[0, 0, 0], [0, 1, 0], [0, 2, 0], [0, 0, 1], [1, 2, 2], [1, 0, 0], [0, 1, 0]];
    for (const [t, c, z] of places) {
      const slice = await reader.readSlice(t, c, z);
      assert.ok(slice instanceof Uint8Array);
      assert.ok(Buffer.compare(slice, (await expected.readSlice(t, c, z)) as Uint8Array) === 0);
    }
    close();
    plain.close();
  });
});

Deno.test("openStackFile() names the slice where a large stack is cut meanwhile", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "cut.tif");
    await writeLarge(path);
    const { reader, close } = await openStackFile(path);
    // Both workers have opened it.
    await Promise.all([reader.readSlice(0, 0, 0), reader.readSlice(0, 1, 0)]);
    await Deno.truncate(path, 10 * LARGE.y * LARGE.x);
    await assert.rejects(reader.readSlice(1, 0, 2), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /cut\.tif.* IFD 15 ends early/);
      return true;
    });
    close();
  });
});

Deno.test("openStackFile() stops reading a large stack when the signal fires", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "large.tif");
    await writeLarge(path);
    const controller = new AbortController();
    const { reader, close } = await openStackFile(path, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(reader.readSlice(0, 0, 0), /enough/);
    close();
  });
});

Deno.test("readingAhead() asks for each slice once, the next ones before they are wanted", async () => {
  const slow = new FakeReader(stackInfo([2, 2, 2, 1, 1]), (t, c, z) => 100 * t + 10 * c + z);
  const reader = readingAhead(slow, 2);
  const order = ["0,0,0", "0,1,0", "0,0,1", "0,1,1", "1,0,0", "1,1,0", "1,0,1", "1,1,1"];
  for (const [i, place] of order.entries()) {
    const [t, c, z] = place.split(",").map(Number);
    assert.deepEqual([...await reader.readSlice(t, c, z)], [100 * t + 10 * c + z]);
    assert.deepEqual(slow.reads, order.slice(0, i + 3));
  }
});

Deno.test("readingAhead() forgets slices that were skipped", async () => {
  const slow = new FakeReader(stackInfo([1, 1, 9, 1, 1]), (_t, _c, z) => z);
  const reader = readingAhead(slow, 1);
  await reader.readSlice(0, 0, 0);
  await reader.readSlice(0, 0, 6);
  await reader.readSlice(0, 0, 1);
  assert.deepEqual(slow.reads, ["0,0,0", "0,0,1", "0,0,6", "0,0,7", "0,0,1", "0,0,2"]);
});
