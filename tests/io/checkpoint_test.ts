import assert from "assert";
import { readCheckpoint } from "../../src/io/checkpoint.ts";
import { writeSafetensors } from "../../src/io/safetensors.ts";
import { CheckpointError, valueCount } from "../../src/io/weights.ts";
import { golden, shared } from "../support/shared.ts";
import { floats, type Picklable, tensor, torchFile } from "./torch_fixture.ts";

const small = golden("checkpoint_small.pt");
const expected = golden("checkpoint_small.safetensors");
const hostile = golden("checkpoint_hostile.pt");
const reference = shared("model/reference.pt");
const multistep = shared("cases/multistep_tiny.pt");
const copies = shared("cases/hostile/od_mem.pt");

const weight = tensor(0, 2, [2], [1]);

function read(root: Picklable) {
  return readCheckpoint(torchFile(root, [floats(1, 2)]), "model.pt");
}

function assertRefused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(() => readCheckpoint(bytes, "model.pt"), (error) => {
    assert.ok(error instanceof CheckpointError, `${error}`);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("readCheckpoint() tells the formats apart by content", () => {
  assert.equal(read({ weight }).format, "torch");
  const bytes = writeSafetensors(read({ weight }).weights);
  assert.equal(readCheckpoint(bytes, "model.pt").format, "safetensors");
});

Deno.test("readCheckpoint() joins nested names and says what it left out", () => {
  const { weights, ignored } = read({
    generator: { "a.weight": weight },
    discriminator: { b: weight },
    optimizer: { state: { 0: { step: 5, exp_avg: weight } }, param_groups: [{ lr: 1, eps: 2 }] },
    epoch: 3,
  });
  assert.deepEqual([...weights.keys()], [
    "generator.a.weight",
    "discriminator.b",
    "optimizer.state.0.exp_avg",
  ]);
  assert.deepEqual(ignored, ["optimizer.state.0.step", "optimizer.param_groups", "epoch"]);
});

Deno.test("readCheckpoint() ignores integers that float32 would round, by name", () => {
  const seen = tensor(1, 1, [], [], { type: "LongStorage" });
  const counter = new Uint8Array(BigInt64Array.of(16777217n).buffer);
  const bytes = torchFile({ weight, seen }, [floats(1, 2), counter]);
  assert.deepEqual(readCheckpoint(bytes, "model.pt").ignored, ["seen (I64 past 2^24)"]);
});

Deno.test("readCheckpoint() refuses a file without a tensor, or with one that has no name", () => {
  assertRefused(torchFile({ epoch: 1 }), /^Cannot read model\.pt: it holds no tensor$/);
  assertRefused(torchFile(weight, [floats(1, 2)]), /one tensor without a name/);
});

Deno.test("readCheckpoint() refuses two tensors of one name", () => {
  const root = { "a.b": weight, a: { b: weight } };
  assertRefused(torchFile(root, [floats(1, 2)]), /two tensors called a\.b/);
});

Deno.test("readCheckpoint() refuses a dictionary that holds itself", () => {
  // EMPTY_LIST, BINPUT 0, BINGET 0, APPEND
  assertRefused(torchFile(Uint8Array.of(0x5d, 0x71, 0, 0x68, 0, 0x61)), /nested more than/);
});

Deno.test("readCheckpoint() refuses lists that unfold without end", () => {
  // Each list holds the one before it ten times.
  const unfold = [0x5d, 0x71, 0];
  for (let level = 1; level < 20; level++) {
    const tenTimes = Array(10).fill([0x68, level - 1]).flat();
    unfold.push(0x5d, 0x71, level, 0x28, ...tenTimes, 0x65);
  }
  assertRefused(torchFile(Uint8Array.from(unfold)), /nests more values than a model has/);
});

Deno.test("readCheckpoint() refuses the old format and says how to save again", () => {
  assertRefused(Uint8Array.of(0x80, 2, 0x8a, 0x0a), /before PyTorch 1\.6; .*torch\.save/);
});

Deno.test("readCheckpoint() refuses what is not a checkpoint at all", () => {
  assertRefused(new Uint8Array(), /it is empty/);
  assertRefused(new TextEncoder().encode("GIF89a, a picture"), /neither a safetensors file nor/);
});

Deno.test("readCheckpoint() knows a Git LFS pointer, and says how to get the file", () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0d71\nsize 19332096\n";
  assertRefused(new TextEncoder().encode(pointer), /^Cannot read model\.pt: .* git lfs pull/);
});

Deno.test({
  name: "readCheckpoint() reads a checkpoint with a MultiStepLR scheduler's state",
  ignore: !multistep,
  fn() {
    const { weights, ignored } = readCheckpoint(Deno.readFileSync(multistep!), "multistep.pt");
    assert.deepEqual([...weights.keys()], ["model_state_dict.block0.conv0.0.0.weight"]);
    assert.deepEqual(ignored, ["epoch", "scheduler_state_dict"]);
  },
});

Deno.test({
  name: "readCheckpoint() refuses a pickle of 280 kB that would take gigabytes",
  ignore: !copies,
  fn: () => assertRefused(Deno.readFileSync(copies!), /copies its lists more often/),
});

Deno.test({
  name: "readCheckpoint() reads what PyTorch saved as the values that PyTorch says",
  ignore: !small || !expected,
  fn() {
    const torch = readCheckpoint(Deno.readFileSync(small!), "checkpoint_small.pt");
    const { weights } = readCheckpoint(
      Deno.readFileSync(expected!),
      "checkpoint_small.safetensors",
    );
    assert.deepEqual(torch.ignored, []);
    assert.deepEqual([...torch.weights.keys()], [...weights.keys()]);
    for (const [name, { shape, data }] of weights) {
      const actual = torch.weights.get(name)!;
      assert.deepEqual([actual.shape, actual.data], [shape, data], name);
    }
  },
});

Deno.test({
  name: "readCheckpoint() refuses a hostile file by the name of what it wants to run",
  ignore: !hostile,
  fn: () => assertRefused(Deno.readFileSync(hostile!), /^Cannot read model\.pt: .*posix\.system/),
});

Deno.test({
  name: "readCheckpoint() reads a whole generator",
  ignore: !reference,
  fn() {
    const { weights, ignored } = readCheckpoint(Deno.readFileSync(reference!), "reference.pt");
    const shapes = [...weights.values()].map(({ shape }) => valueCount(shape));
    assert.equal(shapes.reduce((sum, count) => sum + count), 10_688_323);
    assert.deepEqual(weights.get("block0.module.conv0.0.0.weight")?.shape, [120, 2, 3, 3]);
    assert.deepEqual(ignored, []);
  },
});

Deno.test({
  name: "readCheckpoint() reads or refuses any damaged file, and never fails otherwise",
  ignore: !small,
  fn() {
    const whole = Deno.readFileSync(small!);
    let state = 1;
    const random = (below: number) => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
      return ((state ^ (state >>> 16)) >>> 0) % below;
    };
    let refused = 0;
    for (let trial = 0; trial < 600; trial++) {
      const bytes = whole.slice(0, trial % 3 ? whole.length : random(whole.length));
      for (let change = random(4); change >= 0 && bytes.length; change--) {
        bytes[random(bytes.length)] = random(256);
      }
      try {
        readCheckpoint(bytes, "damaged.pt");
      } catch (error) {
        assert.ok(error instanceof CheckpointError, `trial ${trial}: ${error}`);
        refused++;
      }
    }
    assert.ok(refused > 300, `only ${refused} of 600 were refused`);
  },
});
