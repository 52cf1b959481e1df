import assert from "assert";
import { InputError } from "../../src/core.ts";
import { Parsing, type ParsingLimits } from "../../src/service/parsing.ts";

/** Its threads fill their memory where a request says "greedy". */
const GREEDY = new URL("./greedy_worker.ts", import.meta.url);

/** A test with threads of its own. */
function parsingTest(
  name: string,
  test: (parsing: Parsing) => Promise<void>,
  limits: Partial<ParsingLimits> = {},
): void {
  Deno.test(name, async () => {
    const parsing = new Parsing(limits);
    try {
      await test(parsing);
    } finally {
      await parsing.close();
    }
  });
}

/** A request of one pixel, as its client writes it. */
function request(more = ""): { bytes: Uint8Array<ArrayBuffer>; mostPixels: number } {
  const input = (name: string) => ({ name, shape: [1, 1, 1, 1], datatype: "FP32", data: [0.5] });
  const text = JSON.stringify({ inputs: [input("before"), input("after")] });
  return { bytes: new TextEncoder().encode(text.replace("0.5", `0.5${more}`)), mostPixels: 256 };
}

parsingTest("what a client sent is read on another thread, and arrives whole", async (parsing) => {
  const { inputs, binary } = await parsing.call("inference", request());
  assert.deepEqual([...inputs.keys()], ["before", "after"]);
  assert.deepEqual(inputs.get("after"), {
    shape: [1, 1, 1, 1],
    data: Float32Array.of(0.5),
  });
  assert.equal(binary, false);
});

parsingTest("what is wrong with it is said by the thread's own sentence", async (parsing) => {
  await assert.rejects(parsing.call("inference", request(",1")), (error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /before has 2 values, its shape \[1,1,1,1\] 1/);
    return true;
  });
});

parsingTest(
  "a thread that takes too much memory ends alone, and another goes on",
  async (parsing) => {
    await assert.rejects(parsing.call("inference", request("greedy")), {
      name: "ParsingLimitError",
      message:
        "Reading what was sent takes more than 15 s, or more than 256 MB of memory, so it was " +
        "given up: send it in a simpler form.",
    });
    assert.equal((await parsing.call("inference", request())).inputs.size, 2);
  },
  { heapMegabytes: 256, seconds: 15, threads: 1, module: GREEDY },
);

parsingTest(
  "a thread that takes too long is ended, and who waited has its turn",
  async (parsing) => {
    const late = { message: /^Reading what was sent takes more than 0 s,/ };
    const calls = [1, 2].map(() => parsing.call("inference", request()));
    await Promise.all(calls.map((call) => assert.rejects(call, late)));
  },
  { seconds: 0, threads: 1 },
);

parsingTest(
  "JSON with more in it than any request is refused before it is parsed",
  async (parsing) => {
    for (const more of [",[]", ",0", ',""', ',{"a":0}']) {
      await assert.rejects(
        parsing.call("inference", request(more.repeat(5000))),
        /^InputError: The request has \d+ times .* more than one of 256 pixels/,
        more,
      );
    }
  },
);
