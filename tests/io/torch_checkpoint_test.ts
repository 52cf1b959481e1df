import assert from "assert";
import { readTorchValue } from "../../src/io/torch_checkpoint.ts";
import { CheckpointError, type WeightTensor } from "../../src/io/weights.ts";
import { call, floats, type Picklable, tensor, torchFile, withZip64 } from "./torch_fixture.ts";

function value(root: Picklable, storages: Uint8Array[] = []): unknown {
  return readTorchValue(torchFile(root, storages));
}

function data(root: Picklable, storages: Uint8Array[]): number[] {
  return [...(value(root, storages) as WeightTensor).data];
}

function assertRefused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => readTorchValue(bytes), (error) => {
    assert.ok(error instanceof CheckpointError, `${error}`);
    assert.match(error.message, message);
    return true;
  });
}

function raw(...codes: number[]): Uint8Array {
  return Uint8Array.from(codes);
}

const six = floats(0, 1, 2, 3, 4, 5);

Deno.test("readTorchValue() reads a transposed tensor row-major", () => {
  assert.deepEqual(data(tensor(0, 6, [3, 2], [1, 3]), [six]), [0, 3, 1, 4, 2, 5]);
});

Deno.test("readTorchValue() reads a slice with its offset and step", () => {
  assert.deepEqual(data(tensor(0, 6, [2], [3], { offset: 1 }), [six]), [1, 4]);
});

Deno.test("readTorchValue() reads a storage that two tensors share", () => {
  const root = [tensor(0, 6, [6], [1]), tensor(0, 6, [2], [1], { offset: 4 })];
  const [whole, part] = value(root, [six]) as WeightTensor[];
  assert.deepEqual([whole.data.length, [...part.data]], [6, [4, 5]]);
});

Deno.test("readTorchValue() reads a scalar and an empty tensor", () => {
  assert.deepEqual(data(tensor(0, 1, [], []), [floats(7)]), [7]);
  assert.deepEqual(data(tensor(0, 0, [0, 3], [3, 1]), [floats()]), []);
});

Deno.test("readTorchValue() keeps nested dictionaries, lists and numbers as plain values", () => {
  assert.deepEqual(
    value({ epoch: 3, optimizer: { groups: [{ lr: 0.5, name: null }] } }),
    new Map<string, unknown>([
      ["epoch", 3],
      [
        "optimizer",
        new Map([["groups", [new Map<string, unknown>([["lr", 0.5], ["name", null]])]]]),
      ],
    ]),
  );
});

Deno.test("readTorchValue() tolerates the attributes of an OrderedDict", () => {
  const build = raw(...call("collections", "OrderedDict", []), 0x7d, 0x62);
  assert.deepEqual(value(build), new Map());
});

Deno.test("readTorchValue() refuses any other global by its full name", () => {
  assertRefused(torchFile(call("builtins", "eval", ["1"])), /builtins\.eval/);
  const stackGlobal = raw(0x8c, 2, 0x6f, 0x73, 0x8c, 5, ...new TextEncoder().encode("popen"), 0x93);
  assertRefused(torchFile(stackGlobal), /os\.popen/);
  assertRefused(torchFile(call("torch._utils", "__builtins__", [])), /torch\._utils\.__builtins__/);
});

Deno.test("readTorchValue() refuses an instruction that state dicts do not need", () => {
  assertRefused(torchFile(raw(0x82)), /the instruction 0x82/);
});

Deno.test("readTorchValue() refuses a call of what is only a name", () => {
  assertRefused(torchFile(call("torch", "FloatStorage", [])), /calls torch\.FloatStorage/);
});

Deno.test("readTorchValue() refuses a view past the end of its storage", () => {
  const past = /reaches to value 7 of model\/data\/0, which has 6/;
  assertRefused(torchFile(tensor(0, 6, [6], [1], { offset: 1 }), [six]), past);
  assertRefused(torchFile(tensor(0, 6, [2, 4], [3, 1]), [six]), past);
});

Deno.test("readTorchValue() refuses a view that repeats a storage without bound", () => {
  assertRefused(torchFile(tensor(0, 6, [1e12], [0]), [six]), /repeat their bytes/);
  assertRefused(torchFile(tensor(0, 6, Array(40).fill(1e9), Array(40).fill(0)), [six]), /repeat/);
});

Deno.test("readTorchValue() refuses a tensor with negative, broken or too many axes", () => {
  for (const axes of [[-1], [0.5], Array(65).fill(1)]) {
    assertRefused(torchFile(tensor(0, 6, axes, axes.map(() => 1)), [six]), /a tensor wrongly/);
  }
});

Deno.test("readTorchValue() refuses a storage that is missing, or of another size", () => {
  assertRefused(torchFile(tensor(1, 6, [6], [1]), [six]), /storage model\/data\/1 is missing/);
  assertRefused(torchFile(tensor(0, 7, [6], [1]), [six]), /24 bytes where 28 are announced/);
});

Deno.test("readTorchValue() refuses a storage that is described in two ways", () => {
  const root = [tensor(0, 6, [6], [1]), tensor(0, 3, [3], [1], { type: "DoubleStorage" })];
  assertRefused(torchFile(root, [six]), /described in two ways/);
});

Deno.test("readTorchValue() refuses a stack that runs empty, and a mark that is not there", () => {
  assertRefused(torchFile(raw(0x30, 0x85)), /empty stack/);
  assertRefused(torchFile(raw(0x74)), /no mark/);
  assertRefused(torchFile(raw(0x68, 9)), /no memo 9/);
});

Deno.test("readTorchValue() refuses a text that is longer than its pickle", () => {
  assertRefused(torchFile(raw(0x58, 0xff, 0xff, 0xff, 0xff)), /pickle is cut short/);
});

Deno.test("readTorchValue() refuses numbers that are not little-endian", () => {
  const big = { "model/byteorder": new TextEncoder().encode("big") };
  assertRefused(torchFile({}, [], big), /not little-endian/);
});

Deno.test("readTorchValue() refuses a TorchScript program and says what to do", () => {
  assertRefused(torchFile({}, [], { "model/constants.pkl": raw() }), /save the model's state_dict/);
});

Deno.test("readTorchValue() refuses a zip archive without data.pkl", () => {
  const bytes = torchFile({});
  const name = new TextEncoder().encode("data.pkl");
  for (let i = 0; i < bytes.length; i++) {
    if (name.every((byte, k) => bytes[i + k] === byte)) bytes[i] = 0x44;
  }
  assertRefused(bytes, /without torch's data\.pkl/);
});

Deno.test("readTorchValue() refuses a compressed entry by its name", () => {
  const bytes = torchFile({});
  bytes[new DataView(bytes.buffer).getUint32(bytes.length - 6, true) + 10] = 8;
  assertRefused(bytes, /entry model\/data\.pkl is compressed/);
});

Deno.test("readTorchValue() finds a byte that changed in a storage", () => {
  const bytes = torchFile(tensor(0, 6, [6], [1]), [six]);
  const at = bytes.findLastIndex((_, i) => six.every((byte, k) => bytes[i + k] === byte));
  bytes[at + 5] ^= 1;
  assertRefused(bytes, /entry model\/data\/0 is damaged: its checksum differs/);
});

Deno.test("readTorchValue() reads an archive whose places stand in zip64 records", () => {
  const bytes = withZip64(torchFile(tensor(0, 6, [6], [1]), [six]));
  assert.deepEqual([...(readTorchValue(bytes) as WeightTensor).data], [0, 1, 2, 3, 4, 5]);
});

Deno.test("readTorchValue() refuses an archive that was cut", () => {
  const bytes = torchFile(tensor(0, 6, [6], [1]), [six]);
  assertRefused(bytes.subarray(0, bytes.length - 30), /cut short/);
});

Deno.test("readTorchValue() takes what torch.load(weights_only=True) takes, as plain data", () => {
  const counts = call("collections", "Counter", [{ 5: 1, 9: 2 }]);
  assert.deepEqual(value(counts), new Map([["5", 1], ["9", 2]]));
  for (const module of ["builtins", "__builtin__"]) {
    assert.deepEqual(value(call(module, "set", [["a", "b"]])), ["a", "b"]);
    assert.deepEqual(value(call(module, "slice", [1, 5, null])), [1, 5, null]);
    assert.deepEqual(value(call(module, "complex", [1, 2])), [1, 2]);
  }
  assert.equal(value(call("_codecs", "encode", ["ab", "latin1"])), "ab");
  // EMPTY_SET, MARK, two numbers, ADDITEMS; and a FROZENSET of them.
  assert.deepEqual(value(raw(0x8f, 0x28, 0x4b, 1, 0x4b, 2, 0x90)), [1, 2]);
  assert.deepEqual(value(raw(0x28, 0x4b, 1, 0x4b, 2, 0x91)), [1, 2]);
});

Deno.test("readTorchValue() refuses a pickle that copies one list again and again", () => {
  const pairs = Array(500).fill([0x4b, 1, 0x4e, 0x86]).flat();
  const many = Array(500).fill([0x68, 0, 0x68, 1, 0x85, 0x52, 0x30]).flat();
  for (const name of ["OrderedDict", "Counter"]) {
    const callee = [...new TextEncoder().encode(`ccollections\n${name}\n`), 0x71, 0, 0x30];
    const list = [0x5d, 0x28, ...pairs, 0x65, 0x71, 1, 0x30];
    assertRefused(torchFile(raw(...callee, ...list, ...many, 0x4e)), /copies its lists more often/);
  }
});
