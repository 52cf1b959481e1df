import assert from "assert";
import { join } from "node:path";
import { InputError } from "../../src/core.ts";
import { readingAhead } from "../../src/files/reading_ahead.ts";
import { openStackFile } from "../../src/files/stack_file.ts";
import { deflate, tinyTiff } from "../io/tiff_support.ts";
import { FakeReader, stackInfo } from "../prediction/stand_ins.ts";
import { inTemporaryFolder } from "../support/cli.ts";

const [HEIGHT, WIDTH] = [2048, 4096];

/** The samples of a channel. */
function channel(c: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(HEIGHT * WIDTH).map((_, i) => 50 * c + i % 7);
}

/** A slice of three channels, so large and compressed that workers read it. */
async function writeLarge(path: string, damage = (_block: Uint8Array) => {}): Promise<void> {
  const blocks = await Promise.all([0, 1, 2].map((c) => deflate(channel(c))));
  damage(blocks[1]);
  const sizes = { 256: WIDTH, 257: HEIGHT, 278: HEIGHT };
  const channels = { 262: 2, 277: 3, 284: 2 };
  await Deno.writeFile(path, tinyTiff({ ...sizes, ...channels, 259: 8 }, ...blocks));
}

Deno.test("openStackFile() reads a large compressed stack's slices as they are, in any order", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "large.tif");
    await writeLarge(path);
    const { reader, close } = await openStackFile(path);
    assert.deepEqual(reader.info.sizes, { t: 1, c: 3, z: 1, y: HEIGHT, x: WIDTH });
    for (const c of [0, 2, 1, 2]) {
      assert.ok(Buffer.compare(await reader.readSlice(0, c, 0) as Uint8Array, channel(c)) === 0);
    }
    close();
  });
});

Deno.test("openStackFile() says where a large compressed stack is damaged", async () => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, "broken.tif");
    await writeLarge(path, (block) => block.fill(255, 0, 16));
    const { reader, close } = await openStackFile(path);
    await assert.rejects(reader.readSlice(0, 0, 0), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /broken\.tif: strip 1 of IFD 0 at byte \d+ does not decode/);
      return true;
    });
    close();
  });
});

Deno.test("openStackFile() stops reading a large compressed stack when the signal fires", async () => {
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
  assert.deepEqual(slow.reads, ["0,0,0", "0,0,1", "0,0,6", "0,0,1", "0,0,2"]);
});

Deno.test("readingAhead() follows who goes through a stack channel by channel", async () => {
  const slow = new FakeReader(stackInfo([1, 3, 8, 1, 1]), (_t, _c, z) => z);
  const reader = readingAhead(slow, 2);
  for (let z = 0; z < 8; z++) await reader.readSlice(0, 1, z);
  const wanted = slow.reads.filter((place) => place.split(",")[1] === "1");
  assert.equal(wanted.length, 8, "each once");
  assert.ok(slow.reads.length <= 10, `of other channels: ${slow.reads.length - 8}`);
});
