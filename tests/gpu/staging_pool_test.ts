import assert from "assert";
import { StagingPool } from "../../src/gpu/staging_pool.ts";
import { testAdapter } from "../support/adapter.ts";

const MIB = 1024 ** 2;

async function withPool(check: (pool: StagingPool) => void): Promise<void> {
  const { gpuAdapter } = await testAdapter();
  const device = await gpuAdapter.requestDevice();
  check(new StagingPool(device));
  device.destroy();
}

Deno.test("a staging buffer that was given back is taken again where it is large enough", () =>
  withPool((pool) => {
    const first = pool.take(1024);
    pool.give(first);
    assert.notEqual(pool.take(2048), first);
    assert.equal(pool.take(1000), first);
  }));

Deno.test("a staging buffer far larger than asked is left for those who need it", () =>
  withPool((pool) => {
    const large = pool.take(MIB);
    pool.give(large);
    assert.notEqual(pool.take(1024), large);
  }));

Deno.test("staging buffers beyond 64 MiB are given back to the driver, the oldest first", () =>
  withPool((pool) => {
    const buffers = [40, 40].map((size) => pool.take(size * MIB));
    for (const buffer of buffers) pool.give(buffer);
    assert.equal(pool.take(40 * MIB), buffers[1]);
    assert.notEqual(pool.take(40 * MIB), buffers[0]);
  }));
