import assert from "assert";
import { decode, encode } from "fast-png";
import { deflateSync } from "node:zlib";
import { bytesSource, openStack } from "../../src/core.ts";
import { type JobAnswer, stackBytes, withService } from "./service.ts";

const [HEIGHT, WIDTH] = [20, 37];
const AREA = HEIGHT * WIDTH;

/** A slice of one value. */
function flat(value: number, ofType: Uint8ArrayConstructor | Uint16ArrayConstructor = Uint8Array) {
  return new ofType(AREA).fill(value);
}

function png(data: Uint8Array | Uint16Array, width = WIDTH): Uint8Array<ArrayBuffer> {
  const depth = data instanceof Uint8Array ? 8 : 16;
  return Uint8Array.from(encode({ width, height: data.length / width, data, channels: 1, depth }));
}

function pair(before: Uint8Array<ArrayBuffer>, after: Uint8Array<ArrayBuffer>): RequestInit {
  const body = new FormData();
  body.append("before", new Blob([before]));
  body.append("after", new Blob([after]));
  return { body };
}

function raw(...values: number[]): RequestInit {
  const body = new Float32Array(2 * AREA).map((_, i) => values[i < AREA ? 0 : 1]);
  return { body, headers: { "Content-Type": "application/octet-stream" } };
}

Deno.test("two PNGs become the slice between them, in their depth", () =>
  withService(async ({ ask, compute }) => {
    const eight = await ask("POST", "/interpolate?model=plain", pair(png(flat(10)), png(flat(50))));
    assert.equal(eight.headers.get("Content-Type"), "image/png");
    const answer = decode(await eight.bytes());
    assert.deepEqual([answer.width, answer.height, answer.depth], [WIDTH, HEIGHT, 8]);
    assert.deepEqual(new Uint8Array(answer.data), flat(30));
    const files = pair(png(flat(1000, Uint16Array)), png(flat(5000, Uint16Array)));
    const sixteen = await ask("POST", "/interpolate?model=plus&dpm=0.25", files);
    assert.deepEqual(new Uint16Array(decode(await sixteen.bytes()).data), flat(2000, Uint16Array));
    assert.deepEqual(compute.sizes, ["plain 1x32x48", "plus 1x32x48"]);
  }));

Deno.test("two TIFFs become a TIFF", () =>
  withService(async ({ ask }) => {
    const one = await stackBytes({ sizes: { z: 1 }, sampleType: "uint16" });
    const response = await ask("POST", "/interpolate?model=plain", pair(one, one));
    assert.equal(response.headers.get("Content-Type"), "image/tiff");
    const [expected, found] = await Promise.all(
      [one, await response.bytes()].map((bytes) => openStack(bytesSource(bytes))),
    );
    assert.deepEqual(await found.readSlice(0, 0, 0), await expected.readSlice(0, 0, 0));
  }));

Deno.test("raw float32 slices become raw float32", () =>
  withService(async ({ ask }) => {
    const size = `height=${HEIGHT}&width=${WIDTH}`;
    const response = await ask("POST", `/interpolate?model=plain&${size}&range=0,4`, raw(1, 2));
    assert.equal(response.headers.get("Content-Type"), "application/octet-stream");
    assert.deepEqual(
      new Float32Array(await response.arrayBuffer()),
      new Float32Array(AREA).fill(1.5),
    );
  }));

Deno.test("slices that would fill the memory wait for those under way", () =>
  withService(async ({ ask, compute }) => {
    const going = Promise.withResolvers<void>();
    compute.interpolate = async (_model, requests) => {
      await going.promise;
      return requests.map(({ before }) => before);
    };
    const path = `/interpolate?model=plain&height=${HEIGHT}&width=${WIDTH}`;
    const first = [0, 1, 2, 3].map(() => ask("POST", path, raw(1, 2)));
    const fifth = await ask("POST", path, raw(1, 2));
    assert.deepEqual([fifth.status, fifth.headers.get("Retry-After")], [429, "1"]);
    assert.equal((await fifth.json()).type, "slices-busy");
    going.resolve();
    assert.deepEqual((await Promise.all(first)).map(({ status }) => status), [200, 200, 200, 200]);
    assert.equal((await ask("POST", path, raw(1, 2))).status, 200);
  }, { limits: { bodyBytes: 8 * AREA } }));

Deno.test("bodies that don't come keep no one out", () =>
  withService(async ({ ask }) => {
    const path = `/interpolate?model=plain&height=${HEIGHT}&width=${WIDTH}`;
    const ends: (() => void)[] = [];
    const slow = Array.from({ length: 20 }, () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(1));
          ends.push(() => controller.close());
        },
      });
      return ask("POST", path, { ...raw(), body });
    });
    assert.equal((await ask("POST", path, raw(1, 2))).status, 200);
    for (const end of ends) end();
    assert.deepEqual(
      new Set((await Promise.all(slow)).map(({ status }) => status)),
      new Set([422]),
    );
  }, { limits: { bodyBytes: 8 * AREA } }));

/** A PNG whose pixels inflate to much more than its sides say. */
function bomb(): Uint8Array<ArrayBuffer> {
  const bytes = png(flat(0));
  const view = new DataView(bytes.buffer);
  const [start, length] = [33, view.getUint32(33)];
  const data = deflateSync(new Uint8Array(50e6));
  const chunk = new Uint8Array(12 + data.length);
  new DataView(chunk.buffer).setUint32(0, data.length);
  chunk.set(bytes.subarray(start + 4, start + 8), 4);
  chunk.set(data, 8);
  const rest = bytes.subarray(start + 12 + length);
  return Uint8Array.from([...bytes.subarray(0, start), ...chunk, ...rest]);
}

const good = png(flat(1));
for (
  const [what, query, init, sentence] of [
    ["one of two", "", pair(good, new Uint8Array()), /after/],
    ["other sizes", "", pair(good, png(flat(1), 20)), /differ/],
    ["other depths", "", pair(good, png(flat(1, Uint16Array))), /differ/],
    ["a cut PNG", "", pair(good, good.slice(0, 60)), /after is a damaged PNG/],
    ["a damaged PNG", "", pair(good.map((b, i) => i === 50 ? b ^ 255 : b), good), /damaged PNG/],
    ["a PNG that is a bomb", "", pair(bomb(), good), /before inflates to more than its 37 x 20/],
    ["a stack", "", pair(await stackBytes(), good), /3 slices; send one/],
    ["text", "", { body: "hello", headers: { "Content-Type": "text/plain" } }, /must be/],
    ["raw bytes without sides", "", raw(1, 2), /height and width/],
    ["raw bytes of another size", "&height=5&width=5", raw(1, 2), /are 200 bytes, not 5920/],
    ["raw NaN", `&height=${HEIGHT}&width=${WIDTH}`, raw(1, NaN), /NaN/],
    ["more pixels than allowed", "&height=999999999&width=999999999", raw(1, 2), /at most/],
    ["a distance of 1", "&dpm=1", pair(good, good), /dpm/],
    ["a distance that ZAugNet can't do", "&dpm=0.3", pair(good, good), /ZAugNet/],
  ] as const
) {
  Deno.test(`interpolation of ${what} is refused in one sentence`, () =>
    withService(async ({ ask }) => {
      const response = await ask("POST", `/interpolate?model=plain${query}`, init);
      const { detail }: JobAnswer = await response.json();
      assert.match(detail, sentence);
      assert.ok([400, 413, 415, 422].includes(response.status), `${response.status}`);
    }));
}
