import assert from "assert";
import { add, affine, full, multiply } from "../../src/autograd/ops/mod.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Device, type DeviceOptions } from "../../src/gpu/device.ts";
import {
  DeviceLostError,
  type GpuError,
  GpuOutOfMemoryError,
  GpuValidationError,
  TensorTooLargeError,
} from "../../src/gpu/gpu_errors.ts";
import { Kernel } from "../../src/gpu/kernel.ts";
import { spiedAdapter, testAdapter } from "../support/adapter.ts";

async function withDevice(
  test: (device: Device, gpu: GPUDevice) => void | Promise<void>,
  options?: DeviceOptions,
): Promise<void> {
  const { adapter, gpu } = await spiedAdapter();
  const device = await Device.open(adapter, options);
  try {
    await test(device, gpu());
  } finally {
    device.close();
  }
}

/** What an error must be: its class, the operation and parts of the message. */
function like(Kind: typeof GpuError, operation: string, ...parts: (string | RegExp)[]) {
  return (error: unknown) => {
    assert.ok(error instanceof Kind, `${error}`);
    assert.equal(error.constructor, Kind);
    assert.equal(error.name, Kind.name);
    assert.equal(error.operation, operation);
    for (const part of [error.adapter, ...parts]) assert.match(error.message, pattern(part));
    return true;
  };
}

function pattern(part: string | RegExp): RegExp {
  return part instanceof RegExp ? part : new RegExp(part.replace(/[^\w\s]/g, "\\$&"));
}

const SIMPLE = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = vec4f(1.0);
}
`;

Deno.test("a tensor over the binding limit is refused with size, limit and advice", () =>
  withDevice((device) => {
    const pixels = Math.floor(device.adapter.maxBindingSize / 16) + 65_536;
    const expected = like(
      TensorTooLargeError,
      `full [1,4,1,${pixels}]`,
      `A tensor of ${(pixels / 65_536).toFixed(1)} MiB`,
      `limit of ${(device.adapter.maxBindingSize / 1024 ** 2).toFixed(1)} MiB`,
      "take a smaller batch or smaller tiles",
    );
    assert.throws(() => full(device, [1, 4, 1, pixels], 1), expected);
  }, { readsTextures: false, memoryLimit: Infinity }));

Deno.test("work goes on after a tensor was too large", () =>
  withDevice(async (device) => {
    const pixels = Math.floor(device.adapter.maxBindingSize / 16) + 1;
    assert.throws(() => full(device, [1, 4, 1, pixels], 1), TensorTooLargeError);
    assert.deepEqual([...await full(device, [1, 1, 1, 2], 3).read()], [3, 3]);
  }));

Deno.test("memory over the limit is refused with size, limit and advice", () =>
  withDevice((device) => {
    const x = full(device, [1, 4, 128, 256], 1);
    const expected = like(
      GpuOutOfMemoryError,
      "add [1,4,128,256] [1,4,128,256]",
      "0.5 MiB more would exceed the memory limit of 0.9 MiB (0.5 MiB in use)",
      "raise the limit",
    );
    assert.throws(() => add(x, x), expected);
  }, { memoryLimit: 0.9 * 1024 ** 2, readsTextures: false }));

Deno.test("work goes on after memory ran out", () =>
  withDevice(async (device) => {
    const x = full(device, [1, 4, 128, 256], 2);
    assert.throws(() => multiply(x, x), GpuOutOfMemoryError);
    x.dispose();
    const y = full(device, [1, 1, 1, 2], 3);
    assert.deepEqual([...await multiply(y, y).read()], [9, 9]);
  }, { memoryLimit: 0.9 * 1024 ** 2, readsTextures: false }));

Deno.test("free buffers make room for one of another size, after the work that reads them", () =>
  withDevice(async (device) => {
    const x = full(device, [1, 4, 128, 192], 2);
    const corner = affine(full(device, [1, 1, 1, 1], 5), 3, 0);
    x.dispose();
    const y = full(device, [1, 4, 128, 256], 1);
    assert.deepEqual([...await corner.read()], [15]);
    assert.equal((await y.read()).every((value) => value === 1), true);
  }, { memoryLimit: 0.7 * 1024 ** 2, readsTextures: false }));

Deno.test("a shader that does not compile is named with line, column, operation and adapter", () =>
  withDevice(async (device) => {
    const broken = new Kernel("broken", SIMPLE.replace("vec4f(1.0)", "vec4f(1.0) + true"));
    const y = Tensor.empty(device, [1, 1, 1, 1]);
    device.operation = "paint [1,1,1,1]";
    device.run(broken, { y: y.storage }, {}, [1, 1, 1]);
    device.operation = "something else";
    const expected = like(GpuValidationError, "paint [1,1,1,1]", /broken\.wgsl:5:\d+: /);
    await assert.rejects(y.read(), expected);
    assert.throws(() => full(device, [1, 1, 1, 1], 1), expected, "the device stays refused");
  }));

/** A file that paints with the sum of a loop, and a file of a function that it takes. */
const LOOP = SIMPLE.replace("y[id.x] =", "var sum = 0.0;\n#for i < 3\n  sum += f(${i}u);\n#end\n$&")
  .replace("1.0", "sum");
const PART = "fn f(x: u32) -> f32 {\n  return f32(x);\n}\n";

for (
  const [where, part, text, place] of [
    ["a shared part", PART.replace("f32(x)", "f32(z)"), LOOP, /^part\.wgsl:2:\d+: /],
    ["a loop", PART, LOOP.replace("sum +=", "sum += true +"), /^own\.wgsl:7:\d+: /],
    ["lines after a loop", PART, LOOP.replace("sum)", "true)"), /^own\.wgsl:9:\d+: /],
  ] as const
) {
  Deno.test(`an error in ${where} is named with the file and line that were written`, () =>
    withDevice(async (device) => {
      const y = Tensor.empty(device, [1, 1, 1, 1]);
      device.operation = "paint [1,1,1,1]";
      const kernel = new Kernel("own", text, { shared: { part } });
      device.run(kernel, { y: y.storage }, {}, [1, 1, 1]);
      await assert.rejects(y.read(), like(GpuValidationError, "paint [1,1,1,1]", place));
    }));
}

Deno.test("a kernel of a shared part and a loop computes", () =>
  withDevice(async (device) => {
    const y = Tensor.empty(device, [1, 1, 1, 1]);
    const kernel = new Kernel("own", LOOP, { shared: { part: PART } });
    device.run(kernel, { y: y.storage }, {}, [1, 1, 1]);
    assert.deepEqual([...await y.read()], [0 + 1 + 2]);
  }));

Deno.test("a shader whose entry point is missing is refused with its operation", () =>
  withDevice(async (device) => {
    const y = Tensor.empty(device, [1, 1, 1, 1]);
    device.operation = "paint [1,1,1,1]";
    const kernel = new Kernel("nameless", SIMPLE.replace("main", "other"));
    device.run(kernel, { y: y.storage }, {}, [1, 1, 1]);
    await assert.rejects(y.read(), like(GpuValidationError, "paint [1,1,1,1]", "main"));
  }));

Deno.test("a refused command buffer names the first and the last of its operations", () =>
  withDevice(async (device) => {
    const y = Tensor.empty(device, [1, 1, 1, 1]);
    const kernel = new Kernel("simple", SIMPLE);
    const tooMany = [2 ** 20, 1, 1] as const;
    for (const [operation, grid] of [["first", [1, 1, 1]], ["second", tooMany]] as const) {
      device.operation = operation;
      device.run(kernel, { y: y.storage }, {}, grid);
    }
    const expected = like(GpuValidationError, "one of those from first to second");
    await assert.rejects(y.read(), expected);
  }));

Deno.test("memory that the driver refuses is an error with the operation that wanted it", () =>
  withDevice(async (device, gpu) => {
    const outcomes = [null, new GPUOutOfMemoryError("no memory left")];
    gpu.popErrorScope = () => Promise.resolve(outcomes.shift() ?? null);
    const x = full(device, [1, 1, 1, 7], 1);
    const expected = like(GpuOutOfMemoryError, "full [1,1,1,7]", "no memory left");
    await assert.rejects(x.read(), expected);
  }));

Deno.test("an error that belongs to nothing watched is kept all the same", () =>
  withDevice(async (device, gpu) => {
    const x = full(device, [1, 1, 1, 1], 1);
    const error = new GPUValidationError("out of the blue");
    gpu.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
    const expected = like(GpuValidationError, "full [1,1,1,1]", "out of the blue");
    await assert.rejects(x.read(), expected);
  }));

Deno.test("a closed device throws on every use, and memory can still be freed", () =>
  withDevice(async (device) => {
    const x = full(device, [1, 1, 1, 1], 1);
    device.close();
    const expected = like(DeviceLostError, "full [1,1,1,1]", "The device was closed");
    await assert.rejects(x.read(), expected);
    assert.throws(() => full(device, [1, 1, 1, 1], 1), DeviceLostError);
    assert.throws(() => add(x, x), DeviceLostError);
    assert.throws(() => x.assign(new Float32Array(1)), DeviceLostError);
    x.dispose();
  }));

Deno.test("closing a device while it reads ends the reading with an error", () =>
  withDevice(async (device) => {
    const reading = full(device, [1, 1, 1, 1], 1).read();
    device.close();
    await assert.rejects(reading, DeviceLostError);
  }));

Deno.test("the loss of a device is an error that names what was being done", () =>
  withDevice(async (device, gpu) => {
    const x = full(device, [1, 1, 1, 1], 1);
    gpu.destroy();
    await gpu.lost;
    assert.throws(() => add(x, x), like(DeviceLostError, "full [1,1,1,1]", "was lost"));
  }));

Deno.test("the loss of a device while it reads is told as such", () =>
  withDevice(async (device, gpu) => {
    const x = full(device, [1, 1, 1, 1], 1);
    const reading = x.read();
    gpu.destroy();
    await assert.rejects(reading, DeviceLostError);
  }));

Deno.test("a device that was lost right before reading is told as such", () =>
  withDevice(async (device, gpu) => {
    const x = full(device, [1, 1, 1, 1], 1);
    gpu.destroy();
    await assert.rejects(x.read(), DeviceLostError);
  }));

Deno.test("the failure of one device does not touch another's", async () => {
  const adapter = await testAdapter();
  const [lost, well] = [await Device.open(adapter), await Device.open(adapter)];
  lost.close();
  assert.deepEqual([...await full(well, [1, 1, 1, 1], 4).read()], [4]);
  well.close();
});
