import assert from "assert";
import { withService } from "./service.ts";

const SHAPE = [2, 1, 16, 32];
const SIZE = 2 * 16 * 32;
const PATH = "/v2/models/plus/infer";
const HEADER = "Inference-Header-Content-Length";

const before = Float32Array.from({ length: SIZE }, (_, i) => i / SIZE);
const after = before.map((value) => 1 - value);
const expected = before.map((value, i) =>
  value + (i < SIZE / 2 ? 0.25 : 0.75) * (after[i] - value)
);

interface InferAnswer {
  readonly id?: string;
  readonly error?: string;
  readonly detail: string;
  readonly outputs: readonly { readonly shape: number[]; readonly data: number[] }[];
}

function input(name: string, shape: readonly number[], data: ArrayLike<number>) {
  return { name, shape, datatype: "FP32", data: Array.from(data) };
}

const INPUTS = [
  input("before", SHAPE, before),
  input("after", SHAPE, after),
  input("dpm", [2], [0.25, 0.75]),
];

function json(value: unknown): RequestInit {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

/** JSON, its length, and tensors after it. */
function binary(tensors: readonly Float32Array<ArrayBuffer>[], wish: object = {}): RequestInit {
  const inputs = INPUTS.map(({ data: _, ...rest }, i) => ({
    ...rest,
    parameters: { binary_data_size: tensors[i].byteLength },
  }));
  const head = new TextEncoder().encode(JSON.stringify({ inputs, ...wish }));
  const headers = { [HEADER]: `${head.length}`, "Content-Type": "application/octet-stream" };
  return { body: new Blob([head, ...tensors]), headers };
}

Deno.test("the server and its models describe themselves as the protocol says", () =>
  withService(async (service) => {
    assert.deepEqual(await service.json<unknown>(200, "GET", "/v2/health/live"), { live: true });
    const server = await service.json<{ extensions: string[] }>(200, "GET", "/v2");
    assert.deepEqual(server.extensions, ["binary_tensor_data"]);
    const names = async (model: string) =>
      (await service.json<{ inputs: { name: string }[] }>(200, "GET", `/v2/models/${model}`))
        .inputs.map(({ name }) => name);
    assert.deepEqual(await names("plain"), ["before", "after"]);
    assert.deepEqual(await names("plus"), ["before", "after", "dpm"]);
    const { error, detail } = await service.json<InferAnswer>(404, "GET", "/v2/models/none");
    assert.equal(error, detail);
  }));

Deno.test("tensors as JSON are answered as JSON", () =>
  withService(async (service) => {
    const request = json({ id: "42", inputs: INPUTS });
    const { id, outputs: [{ shape, data }] } = await service.json<InferAnswer>(
      ...[200, "POST", PATH, request] as const,
    );
    assert.equal(id, "42");
    assert.deepEqual(shape, SHAPE);
    assert.deepEqual(Float32Array.from(data), expected);
    assert.deepEqual(service.compute.sizes, ["plus 2x16x32"]);
  }));

Deno.test("nested numbers are as good as flat ones", () =>
  withService(async (service) => {
    const rows = (values: Float32Array) => [
      Array.from({ length: 16 }, (_, y) => Array.from(values.slice(32 * y, 32 * y + 32))),
    ];
    const nested = [before, after].map((plane, i) => ({
      ...INPUTS[i],
      shape: [1, 1, 16, 32],
      data: [rows(plane)],
    }));
    const request = json({ inputs: [...nested, input("dpm", [1], [0.25])] });
    const { outputs } = await service.json<InferAnswer>(200, "POST", PATH, request);
    assert.deepEqual(Float32Array.from(outputs[0].data), expected.slice(0, SIZE / 2));
  }));

Deno.test("binary tensors are answered in binary where that is asked for, else as JSON", () =>
  withService(async ({ ask, json: answer }) => {
    const tensors = [before, after, Float32Array.of(0.25, 0.75)];
    const plain = await answer<InferAnswer>(200, "POST", PATH, binary(tensors));
    assert.deepEqual(Float32Array.from(plain.outputs[0].data), expected);
    for (
      const wish of [
        { parameters: { binary_data_output: true } },
        { outputs: [{ name: "slice", parameters: { binary_data: true } }] },
      ]
    ) {
      const response = await ask("POST", PATH, binary(tensors, wish));
      const length = Number(response.headers.get(HEADER));
      const bytes = await response.bytes();
      const [output] = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length))).outputs;
      assert.deepEqual(output, {
        name: "slice",
        shape: SHAPE,
        datatype: "FP32",
        parameters: { binary_data_size: 4 * SIZE },
      });
      assert.deepEqual(new Float32Array(bytes.slice(length).buffer), expected);
    }
  }));

Deno.test("a client may name the version that it was told of, and no other", () =>
  withService(async (service) => {
    const { versions } = await service.json<{ versions: string[] }>(200, "GET", "/v2/models/plain");
    const model = `/v2/models/plain/versions/${versions}`;
    const told = await service.json<{ name: string }>(200, "GET", model);
    assert.equal(told.name, "plain");
    assert.deepEqual(await service.json<unknown>(200, "GET", `${model}/ready`), { ready: true });
    const request = json({ inputs: INPUTS.slice(0, 2) });
    const answer = await service.json<InferAnswer>(200, "POST", `${model}/infer`, request);
    assert.deepEqual(answer.outputs[0].shape, SHAPE);
    const path = "/v2/models/plain/versions/2/infer";
    const { error } = await service.json<InferAnswer>(404, "POST", path, request);
    assert.equal(error, "There is no version 2 of plain, but 1.");
  }));

Deno.test("ZAugNet needs no dpm", () =>
  withService(async (service) => {
    const request = json({ inputs: INPUTS.slice(0, 2) });
    const { outputs } = await service.json<InferAnswer>(
      ...[200, "POST", "/v2/models/plain/infer", request] as const,
    );
    assert.deepEqual(outputs[0].data, Array(SIZE).fill(0.5));
  }));

const other = (i: number, change: object) =>
  json({ inputs: INPUTS.map((given, j) => i === j ? { ...given, ...change } : given) });
const short = [before, after, Float32Array.of(0.5)];

for (
  const [what, init, sentence] of [
    ["no JSON", { body: "{" }, /not JSON/],
    ["JSON of another kind", json([1]), /The request|expected/],
    ["no inputs", json({ inputs: [] }), /inputs/],
    ["a missing input", json({ inputs: INPUTS.slice(0, 2) }), /before, after and dpm/],
    ["another type", other(0, { datatype: "FP16" }), /inputs.0.datatype/],
    ["a shape of other length", other(0, { shape: [SIZE] }), /must be \[n,1,h,w\]/],
    ["sides that are not multiples", other(0, { shape: [2, 1, 8, 64] }), /multiples of 16/],
    ["shapes that differ", other(1, { shape: [1, 1, 32, 32] }), /after must be/],
    ["too few values", other(1, { data: [1, 2] }), /has 2 values/],
    ["text among numbers", other(1, { data: ["1"] }), /must be numbers/],
    ["no data", other(1, { data: undefined }), /one of the two/],
    ["distances beyond the gap", other(2, { data: [0.5, 1.5] }), /between 0 and 1/],
    ["infinite values", other(2, { data: [0.5, 1e99] }), /infinity/],
    ["binary tensors that are cut", { ...binary([before, after, after]) }, /has 1024 values/],
    ["binary tensors that are short", binary(short), /dpm has 1 values/],
    ["a header that is too long", { body: "{}", headers: { [HEADER]: "99" } }, /has 2 bytes/],
    [
      "a header that is not a number",
      { body: "{}", headers: { [HEADER]: "-1" } },
      /number of bytes/,
    ],
    ["more pixels than allowed", other(0, { shape: [999999, 1, 1600, 1600] }), /values/],
  ] as const
) {
  Deno.test(`inference with ${what} is refused in one sentence`, () =>
    withService(async ({ ask }) => {
      const response = await ask("POST", PATH, init);
      assert.match((await response.json()).detail, sentence);
      assert.ok([400, 413, 422].includes(response.status), `${response.status}`);
    }));
}
