import assert from "assert";
import { BufferPool } from "../../src/gpu/buffer_pool.ts";
import { testAdapter } from "../support/adapter.ts";

async function withPool(
  mirrored: boolean,
  test: (pool: BufferPool, gpu: GPUDevice) => void | Promise<void>,
): Promise<void> {
  const gpu = await (await testAdapter()).gpuAdapter.requestDevice();
  try {
    await test(new BufferPool(gpu, mirrored), gpu);
  } finally {
    gpu.destroy();
  }
}

Deno.test("the pool hands a freed buffer out again, with the size that is asked for", () =>
  withPool(false, (pool) => {
    const first = pool.create(1000);
    assert.equal(pool.reuse(1000), undefined);
    pool.release(first);
    const second = pool.reuse(1010);
    assert.equal(second?.buffer, first.buffer);
    assert.equal(second?.bytes, 1010);
    assert.equal(pool.reuse(1010), undefined, "it is handed out once");
  }));

Deno.test("the pool hands out the oldest that fits, in whichever order they were freed", () =>
  withPool(false, (pool) => {
    const buffers = [0, 1, 2].map(() => pool.create(1000));
    for (const freed of [[1, 0, 2], [2, 1, 0]]) {
      for (const i of freed) pool.release(buffers[i]);
      const again = buffers.map(() => pool.reuse(1000)?.id);
      assert.deepEqual(again, buffers.map(({ id }) => id));
    }
  }));

Deno.test("the pool hands a freed buffer out for numbers of its own format only", () =>
  withPool(true, (pool) => {
    const half = pool.create(20_000, "f16");
    pool.release(half);
    assert.equal(pool.reuse(20_000), undefined);
    assert.equal(pool.reuse(20_000, "f16")?.id, half.id);
  }));

Deno.test("the texture that repeats halves has them as its texels, four to each", () =>
  withPool(true, (pool) => {
    const { format, width, height } = pool.mirrorTexture(pool.create(48 * 1024, "f16"));
    assert.deepEqual([format, width, height], ["rgba16float", 1024, 6]);
  }));

Deno.test("the pool wastes less than a quarter of a buffer", () =>
  withPool(false, (pool) => {
    for (const bytes of [5000, 70_000, 1_000_001, 9_000_000]) {
      const { capacity } = pool.create(bytes);
      assert.ok(capacity >= bytes && capacity < bytes * 1.25 + 256, `${bytes} in ${capacity}`);
    }
  }));

Deno.test("the pool counts what is live, what is held, and the peak", () =>
  withPool(false, (pool) => {
    const [a, b] = [pool.create(1024), pool.create(2048)];
    assert.deepEqual([pool.liveBytes, pool.heldBytes, pool.peakBytes], [3072, 3072, 3072]);
    pool.release(a);
    assert.deepEqual([pool.liveBytes, pool.heldBytes, pool.peakBytes], [2048, 3072, 3072]);
    pool.resetPeak();
    assert.equal(pool.peakBytes, 2048);
    pool.reuse(1024);
    assert.deepEqual([pool.liveBytes, pool.heldBytes, pool.peakBytes], [3072, 3072, 3072]);
    pool.release(b);
  }));

Deno.test("trimming gives back the free buffers and no other", () =>
  withPool(false, async (pool, gpu) => {
    const [free, used] = [pool.create(1024), pool.create(2048)];
    pool.release(free);
    pool.trim();
    assert.deepEqual([pool.liveBytes, pool.heldBytes], [2048, 2048]);
    assert.equal(pool.reuse(1024), undefined);
    gpu.pushErrorScope("validation");
    gpu.queue.writeBuffer(used.buffer, 0, new Float32Array(4));
    assert.equal(await gpu.popErrorScope(), null, "a buffer in use can be written");
    gpu.pushErrorScope("validation");
    gpu.queue.writeBuffer(free.buffer, 0, new Float32Array(4));
    assert.notEqual(await gpu.popErrorScope(), null, "a trimmed buffer is destroyed");
  }));

Deno.test("a mirrored pool counts a buffer and its texture, and says the cost before", () =>
  withPool(true, (pool) => {
    assert.equal(pool.cost(20_000), 2 * 2 * 16 * 1024);
    const storage = pool.create(20_000);
    assert.equal(pool.mirrorTexture(storage).height, 2);
    assert.deepEqual([pool.liveBytes, pool.heldBytes], [65_536, 65_536]);
    pool.release(storage);
    assert.equal(pool.liveBytes, 0);
  }));

Deno.test("a reused buffer's texture does not count as a copy of the new values", () =>
  withPool(true, (pool) => {
    const first = pool.create(100);
    first.mirror!.fresh = true;
    pool.release(first);
    assert.equal(pool.reuse(100)?.mirror?.fresh, false);
  }));

for (const mirrored of [false, true]) {
  const kind = mirrored ? "mirrored " : "";
  Deno.test(`no ${kind}capacity is over what the device can bind`, () => {
    const limits = {
      maxBufferSize: 2 ** 31 - 1,
      maxStorageBufferBindingSize: 2 ** 31 - 4,
      maxTextureDimension2D: 8192,
    };
    const pool = new BufferPool({ limits } as GPUDevice, mirrored);
    assert.equal(pool.maxBytes(), mirrored ? 2 ** 27 : 2 ** 31 - 256);
    assert.equal(pool.cost(pool.maxBytes() - 100), mirrored ? 2 ** 28 : pool.maxBytes());
  });
}
