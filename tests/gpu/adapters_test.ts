import assert from "assert";
import { listAdapters } from "../../src/gpu/adapters.ts";
import { testAdapter } from "../support/adapter.ts";

interface FakeAdapter {
  readonly info: Readonly<Record<string, string | number | boolean>>;
  readonly features: Set<string>;
  readonly limits: { maxBufferSize: number; maxStorageBufferBindingSize: number };
}

function fakeAdapter(description: string, info: FakeAdapter["info"] = {}): FakeAdapter {
  return {
    info: { vendor: "v", architecture: "", device: "", description, ...info },
    features: new Set(["timestamp-query", "shader-f16"]),
    limits: { maxBufferSize: 4096, maxStorageBufferBindingSize: 8192 },
  };
}

/** Lists the adapters of a machine that answers so to each of WebGPU's requests. */
async function listOn(
  highPerformance: FakeAdapter | null,
  lowPower: FakeAdapter | null,
  fallback: FakeAdapter | null,
) {
  const requestAdapter = (options: GPURequestAdapterOptions) => {
    if (options.forceFallbackAdapter) return Promise.resolve(fallback);
    const first = options.powerPreference === "high-performance";
    return Promise.resolve(first ? highPerformance : lowPower);
  };
  Object.defineProperty(navigator, "gpu", { value: { requestAdapter }, configurable: true });
  try {
    return await listAdapters();
  } finally {
    Reflect.deleteProperty(navigator, "gpu");
  }
}

Deno.test("an adapter that answers several requests is listed once", async () => {
  const listed = await listOn(
    fakeAdapter("Big card"),
    fakeAdapter("Small card"),
    fakeAdapter("Big card"),
  );
  assert.deepEqual(listed.map(({ index, name }) => [index, name]), [
    [0, "Big card"],
    [1, "Small card"],
  ]);
});

Deno.test("software adapters are marked by name or by the fallback mark", async () => {
  const listed = await listOn(
    fakeAdapter("NVIDIA GeForce RTX 4090"),
    fakeAdapter("llvmpipe (LLVM 15.0.6, 256 bits)"),
    fakeAdapter("Unheard of", { isFallbackAdapter: true }),
  );
  assert.deepEqual(listed.map(({ type }) => type), ["gpu", "software", "software"]);
});

Deno.test("an adapter without a description goes by the next best name", async () => {
  const listed = await listOn(fakeAdapter("", { architecture: "ampere" }), null, null);
  assert.deepEqual(listed.map(({ name }) => name), ["ampere"]);
});

Deno.test("a subgroup size counts only where it can't vary", async () => {
  const listed = await listOn(
    fakeAdapter("fixed", { subgroupMinSize: 8, subgroupMaxSize: 8 }),
    fakeAdapter("varying", { subgroupMinSize: 8, subgroupMaxSize: 32 }),
    fakeAdapter("unknown"),
  );
  assert.deepEqual(listed.map(({ subgroupSize }) => subgroupSize), [8, 0, 0]);
});

Deno.test("no binding is said to be larger than a buffer", async () => {
  const [{ maxBindingSize }] = await listOn(fakeAdapter("card"), null, null);
  assert.equal(maxBindingSize, 4096);
});

Deno.test("no adapters are listed where there is none", async () => {
  assert.deepEqual(await listOn(null, null, null), []);
});

Deno.test("this machine's adapters are distinct and the first is the tests'", async () => {
  const first = await testAdapter();
  const listed = await listAdapters();
  const names = listed.map(({ name, vendor }) => `${vendor} ${name}`);
  assert.equal(new Set(names).size, names.length);
  assert.equal(listed[0].name, first.name);
});
