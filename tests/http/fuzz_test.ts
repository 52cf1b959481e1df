import assert from "assert";
import type { OpenApi, Operation } from "./document.ts";
import { stackBytes, withService } from "./service.ts";

const REQUESTS = 1000;
const stack = await stackBytes();

/** Numbers that are the same in every run (mulberry32). */
class Dice {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }
}

/** Texts that are nobody's value. */
const JUNK = [
  ...["", " ", "0", "-1", "1.5", "1e999", "NaN", "Infinity", "0x10", "null", "undefined"],
  ...["true", "[]", "{}", "../../etc/passwd", "..\\x", "a/b", "%00", "\u0000", "\u202e", "😀"],
  ...["'; DROP TABLE jobs; --", "<script>", "${7*7}", "9".repeat(400), "x".repeat(5000)],
  ...["1,,2", ",", "0.5,0.2", "1,2,3", "__proto__", "constructor", "plain ", "PLAIN"],
];

const TYPES = [
  ...["image/tiff", "application/octet-stream", "application/json", "text/plain", "nonsense"],
  ...["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
  "application/x-www-form-urlencoded",
];

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "Range": ["bytes=9-1", "bytes=-", "lines=1-2", "bytes=99999999999999999999-"],
  "If-Range": ['"x"', "W/", "Thu, 01 Jan 1970 00:00:00 GMT"],
  "Idempotency-Key": ["", "k".repeat(256), "k"],
  "Inference-Header-Content-Length": ["-1", "1e3", "999999", "x", "2"],
  "Last-Event-ID": ["-1", "x"],
  "Content-Encoding": ["gzip"],
  "Accept": ["nothing/at-all"],
};

function bodyOf(dice: Dice): BodyInit | undefined {
  const junk = () => Uint8Array.from({ length: dice.below(300) }, () => dice.below(256));
  const damaged = () =>
    stack.slice(0, dice.below(900)).map((byte) => dice.next() < 0.03 ? dice.below(256) : byte);
  return dice.of<() => BodyInit | undefined>([
    () => undefined,
    junk,
    damaged,
    () => "{",
    () => JSON.stringify({ inputs: dice.of([[], {}, [1], [{ name: 1 }], "x", null]) }),
    () => `--x\r\nContent-Disposition: form-data; name="${dice.of(JUNK)}"; filename="a"\r\n\r\n`,
    () => "--x\r\n\r\n\r\n--x--\r\n",
    () => `--x\r\nContent-Disposition: form-data\r\n\r\n${"y".repeat(50)}\r\n--x--\r\n`,
  ])();
}

/** Values that are taken, so that requests get beyond the first check. */
const GOOD: Readonly<Record<string, readonly string[]>> = {
  model: ["plain", "plus"],
  name: ["plain", "plus"],
  init: ["plus"],
  factor: ["2", "4"],
  dpm: ["0.5"],
  height: ["16"],
  width: ["16"],
  "patch-size": ["64"],
};

/** A value for a parameter: one that is listed or taken, or junk. */
function valueOf(dice: Dice, name: string, values: readonly string[] = GOOD[name] ?? []): string {
  return dice.next() < 0.7 && values.length > 0 ? dice.of(values) : dice.of(JUNK);
}

interface Fuzzed {
  readonly method: string;
  readonly path: string;
  readonly init: RequestInit;
}

/** A request to an operation that is, but for rare luck, wrong in some way. */
function malformed(dice: Dice, method: string, path: string, operation: Operation): Fuzzed {
  const parameters = operation.parameters ?? [];
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const { name, required, schema } = parameter;
    if (parameter.in === "query" && dice.next() < (required ? 0.9 : 0.15)) {
      query.append(name, valueOf(dice, name, schema.enum));
    }
  }
  if (dice.next() < 0.1) query.append(dice.of(["model", "factr", "", "__proto__"]), dice.of(JUNK));
  // What is removed or replaced must stay for the next request.
  const changes = ["delete", "put"].includes(method);
  const filled = path.replaceAll(/{(\w+)}/g, (_, name) => {
    const value = changes ? dice.of(JUNK) : valueOf(dice, name);
    return encodeURIComponent(value);
  });
  const headers = new Headers();
  if (dice.next() < 0.8) headers.set("Content-Type", dice.of(TYPES));
  for (const [name, values] of Object.entries(HEADERS)) {
    if (dice.next() < 0.2) headers.set(name, dice.of(values));
  }
  const wrong = dice.of(["PATCH", "OPTIONS"]);
  const asked = dice.next() < 0.1 ? wrong : method.toUpperCase();
  const body = ["GET", "HEAD"].includes(asked) ? undefined : bodyOf(dice);
  return { method: asked, path: `${filled}?${query}`, init: { headers, body } };
}

Deno.test(`${REQUESTS} malformed requests get nothing but problems of the client, and the service goes on`, () =>
  withService(async ({ ask, json, data, queue }) => {
    const { paths } = await json<OpenApi>(200, "GET", "/openapi.json");
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
    ).filter(({ operation }) => operation.parameters || operation.requestBody);
    assert.ok(operations.length >= 20);
    const dice = new Dice(20261123);
    const statuses = new Map<number, number>();
    for (let i = 0; i < REQUESTS;) {
      const { path, method, operation } = dice.of(operations);
      const { method: asked, path: url, init } = malformed(dice, method, path, operation);
      const response = await ask(asked, url, init);
      const text = await response.text();
      const what = `${asked} ${url} ${JSON.stringify([...new Headers(init.headers)])}: ${text}`;
      // By chance, nothing was wrong with it.
      if (response.status < 300 && asked === "GET") continue;
      assert.ok(response.status >= 400 && response.status < 500, `${response.status} ${what}`);
      assert.equal(response.headers.get("Content-Type"), "application/problem+json", what);
      const { status, title, detail } = JSON.parse(text);
      assert.ok(status === response.status && title && /^\S.*[.!?]$/s.test(detail), what);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      i++;
    }
    assert.ok(statuses.size >= 5, `${[...statuses]}`);
    assert.deepEqual(await data.jobIds(), []);
    assert.deepEqual(await queue.counts(), []);
    const headers = { "Content-Type": "image/tiff" };
    await json(202, "POST", "/predictions?model=plain", { body: stack, headers });
  }));
