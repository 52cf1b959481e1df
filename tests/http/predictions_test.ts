import assert from "assert";
import { type JobAnswer, stackBytes, tiff, withService } from "./service.ts";

const PATH = "/predictions?model=plain";
const stack = await stackBytes();

/** A form with files under names of fields. */
function form(...files: readonly [field: string, bytes: Uint8Array<ArrayBuffer>][]): RequestInit {
  const body = new FormData();
  for (const [field, bytes] of files) body.append(field, new Blob([bytes]), "../../stack.tif");
  return { method: "POST", body };
}

Deno.test("a stack that is posted becomes a queued job with a Location", () =>
  withService(async ({ ask, json, queue }) => {
    const response = await ask("POST", `${PATH}&factor=4&batch-size=2`, tiff(stack));
    assert.equal(response.status, 202);
    const job = await response.json();
    assert.equal(response.headers.get("Location"), `/predictions/${job.id}`);
    assert.equal(job.state, "queued");
    assert.equal(job.position, 0);
    assert.deepEqual(await json(200, "GET", job.links.self), job);
    const { options } = (await queue.get(job.id))!;
    const { inputs, ...rest } = options as Record<string, unknown>;
    assert.deepEqual(rest, {
      model: "plain",
      modelSha256: "0a",
      factor: 4,
      batchSize: 2,
      format: "imagej",
    });
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", stack)).toHex();
    assert.deepEqual(inputs, [{ bytes: stack.length, sha256: digest }]);
  }));

Deno.test("a stack may come in a form, whatever its file is called", () =>
  withService(async ({ json, data, files }) => {
    const { id } = await json(202, "POST", PATH, form(["stack", stack]));
    assert.deepEqual(await Deno.readFile(data.job(id).input(1)), stack);
    assert.equal(await files.open(id, "stack"), undefined);
    const second = await json(422, "POST", PATH, form(["stack", stack], ["stack", stack]));
    assert.match(second.detail, /one stack/);
    assert.match((await json(422, "POST", PATH, form())).detail, /no stack in the form/);
    assert.deepEqual(await data.jobIds(), [id]);
  }));

Deno.test("predictions are listed, the newest first", () =>
  withService(async ({ json }) => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await json(202, "POST", PATH, tiff(stack))).id);
    const list = await json<JobAnswer[]>(200, "GET", "/predictions");
    assert.deepEqual(list.map(({ id }) => id), ids);
    assert.equal((await json<JobAnswer[]>(200, "GET", "/predictions?limit=2")).length, 2);
    assert.deepEqual(await json(200, "GET", "/trainings"), []);
    await json(404, "GET", `/trainings/${ids[0]}`);
  }));

Deno.test("a running job tells its progress, an ended one when it expires", () =>
  withService(async ({ json, queue }) => {
    const { id } = await json(202, "POST", PATH, tiff(stack));
    await queue.lease("worker", 60);
    await queue.heartbeat(id, "worker", 60, { done: 1, total: 2, secondsLeft: 3 });
    const running = await json(200, "GET", `/predictions/${id}`);
    assert.equal(running.state, "running");
    assert.deepEqual(running.progress, { done: 1, total: 2, secondsLeft: 3 });
    await queue.finish(id, "worker", { state: "failed", error: "The file is damaged." });
    const failed = await json(200, "GET", `/predictions/${id}`);
    assert.deepEqual([failed.state, failed.error], ["failed", "The file is damaged."]);
    assert.equal(Date.parse(failed.expiresAt!) - Date.parse(failed.finishedAt!), 3600_000);
    const { detail } = await json(409, "GET", `/predictions/${id}/stack`);
    assert.match(detail, /failed, without a stack: The file is damaged/);
  }));

Deno.test("the events of a job end with it, whatever Last-Event-ID says", () =>
  withService(async ({ ask, json, queue, finish }) => {
    const { id } = await json(202, "POST", PATH, tiff(stack));
    const headers = { "Last-Event-ID": "no number" };
    const response = await ask("GET", `/predictions/${id}/events`, { headers });
    await finish(id);
    const events = (await response.text()).trim().split("\n\n").map((event) => {
      const lines = event.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2));
      const { event: name, data } = Object.fromEntries(lines);
      assert.equal(name, "job");
      return JSON.parse(data).state;
    });
    assert.equal(events.at(0), "queued");
    assert.equal(events.at(-1), "succeeded");
    assert.equal(events.length, new Set(events).size, "nothing is told twice");
    assert.equal((await queue.get(id))?.state, "succeeded");
  }));

Deno.test("the result is there when the job succeeded, also in parts and unchanged", () =>
  withService(async ({ ask, json, finish }) => {
    const { id } = await json(202, "POST", PATH, tiff(stack));
    const path = `/predictions/${id}/stack`;
    assert.match((await json(409, "GET", path)).detail, /queued: its stack is not there yet/);
    const result = Uint8Array.from({ length: 1000 }, (_, i) => i);
    await finish(id, result);

    const whole = await ask("GET", path);
    assert.equal(whole.headers.get("Content-Type"), "image/tiff");
    assert.equal(whole.headers.get("Content-Disposition"), `attachment; filename="${id}.tif"`);
    assert.deepEqual(await whole.bytes(), result);
    const etag = whole.headers.get("ETag")!;

    const head = await ask("HEAD", path);
    assert.equal(head.headers.get("Content-Length"), "1000");
    assert.equal(await head.text(), "");

    const part = async (Range: string, more: Record<string, string> = {}) => {
      const response = await ask("GET", path, { headers: { Range, ...more } });
      return [response.status, response.headers.get("Content-Range"), await response.bytes()];
    };
    assert.deepEqual(await part("bytes=10-19"), [206, "bytes 10-19/1000", result.slice(10, 20)]);
    assert.deepEqual(await part("bytes=990-"), [206, "bytes 990-999/1000", result.slice(990)]);
    assert.deepEqual(await part("bytes=-5"), [206, "bytes 995-999/1000", result.slice(995)]);
    assert.deepEqual(await part("bytes=0-5000"), [206, "bytes 0-999/1000", result]);
    assert.deepEqual(await part("bytes=0-1,4-5"), [200, null, result]);
    assert.deepEqual(await part("bytes=9-3"), [200, null, result]);
    assert.equal((await part("bytes=0-1", { "If-Range": etag }))[0], 206);
    assert.equal((await part("bytes=0-1", { "If-Range": '"old"' }))[0], 200);
    const beyond = await ask("GET", path, { headers: { Range: "bytes=1000-" } });
    assert.deepEqual([beyond.status, beyond.headers.get("Content-Range")], [416, "bytes */1000"]);
    const same = await ask("GET", path, { headers: { "If-None-Match": `"old", ${etag}` } });
    assert.equal(same.status, 304);
  }));

Deno.test("DELETE cancels what waits, stops what runs and removes what ended", () =>
  withService(async ({ ask, json, queue, data }) => {
    const { id } = await json(202, "POST", PATH, tiff(stack));
    assert.equal((await json(202, "DELETE", `/predictions/${id}`)).state, "cancelled");
    assert.equal((await ask("DELETE", `/predictions/${id}`)).status, 204);
    await json(404, "GET", `/predictions/${id}`);
    await json(404, "DELETE", `/predictions/${id}`);
    assert.deepEqual(await data.jobIds(), []);

    const second = await json(202, "POST", PATH, tiff(stack));
    await queue.lease("worker", 60);
    const stopping = await json(202, "DELETE", `/predictions/${second.id}`);
    assert.deepEqual([stopping.state, stopping.cancelling], ["running", true]);
    assert.equal(await queue.heartbeat(second.id, "worker", 60), "cancel");
  }));

Deno.test("a cancel stops what waits or runs, may be repeated, and leaves what ended as it is", () =>
  withService(async ({ ask, json, queue, finish }) => {
    const waiting = await json(202, "POST", PATH, tiff(stack));
    const cancel = `/predictions/${waiting.id}/cancel`;
    assert.equal((await json(200, "POST", cancel)).state, "cancelled");
    assert.equal((await json(200, "POST", cancel)).state, "cancelled");

    const running = await json(202, "POST", PATH, tiff(stack));
    await queue.lease("worker", 60);
    const stopping = await json(202, "POST", `/predictions/${running.id}/cancel`);
    assert.deepEqual([stopping.state, stopping.cancelling], ["running", true]);
    assert.equal(await queue.heartbeat(running.id, "worker", 60), "cancel");
    await queue.finish(running.id, "worker", { state: "cancelled" });

    const ended = await json(202, "POST", PATH, tiff(stack));
    await finish(ended.id, new Uint8Array(10));
    assert.equal((await json(200, "POST", `/predictions/${ended.id}/cancel`)).state, "succeeded");
    assert.equal((await (await ask("GET", `/predictions/${ended.id}/stack`)).bytes()).length, 10);
    await json(404, "POST", "/predictions/none/cancel");
    await json(404, "POST", `/trainings/${ended.id}/cancel`);
  }));

Deno.test("an Idempotency-Key makes a repeated request the same job, and another one an error", () =>
  withService(async ({ json, data }) => {
    const key = { "Idempotency-Key": "once" };
    const first = await json(202, "POST", PATH, tiff(stack, key));
    assert.deepEqual(await json(202, "POST", PATH, tiff(stack, key)), first);
    const other = await json(422, "POST", `${PATH}&factor=4`, tiff(stack, key));
    assert.match(other.detail, /used for another request/);
    const another = await stackBytes({ sizes: { z: 4 } });
    await json(422, "POST", PATH, tiff(another, key));
    await json(422, "POST", "/trainings", tiff(stack, key));
    assert.deepEqual(await data.jobIds(), [first.id], "no folder of the others stays");
  }));

Deno.test("a model that is removed while its job is asked for is missed in one sentence", () =>
  withService(async ({ ask, json, data }) => {
    // The stand-in goes on telling of it, as the store did a moment ago.
    assert.equal((await ask("DELETE", "/models/plain")).status, 204);
    assert.match(
      (await json(422, "POST", PATH, tiff(stack))).detail,
      /plain has just been removed/,
    );
    assert.deepEqual(await data.jobIds(), []);
  }));

for (
  const [query, sentence] of [
    ["model=none", /There is no model none/],
    ["model=..%2F..%2Fetc", /letters, digits/],
    ["model=plain&factor=0", /query factor: It must be a whole number/],
    ["model=plain&factor=2&factor=4", /query factor: /],
    ["model=plain&factr=2", /factr/],
    ["model=plain&factor=3", /2, 4, 8|ZAugNet/],
    ["model=plain&dpm=0.3", /ZAugNet/],
    ["model=plain&factor=2&spacing=0.25", /only one of factor, spacing/],
    ["model=plain&spacing=wide", /positive number or "isotropic"/],
    ["model=plain&range=5,2", /the lower first/],
    ["model=plain&range=0,1&normalization=stack", /not both/],
    ["model=plain&tile=33", /multiple of 16/],
    ["model=plain&normalization=loud", /query normalization/],
    ["model=plus&factor=300000", /more than 64/],
  ] as const
) {
  Deno.test(`a prediction with "${query}" is refused in one sentence, and leaves nothing`, () =>
    withService(async ({ ask, data, queue }) => {
      const response = await ask("POST", `/predictions?${query}`, tiff(stack));
      const { detail } = await response.json();
      assert.match(detail, sentence);
      assert.ok([400, 413, 422].includes(response.status), `${response.status}`);
      assert.deepEqual(await data.jobIds(), []);
      assert.deepEqual(await queue.list("prediction", 10), []);
    }));
}
