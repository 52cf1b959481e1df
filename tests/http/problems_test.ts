import assert from "assert";
import { option, phrase } from "../../src/core.ts";
import { type JobAnswer, stackBytes, tiff, withService } from "./service.ts";

Deno.test("an unknown path and a wrong method are problems, too", () =>
  withService(async ({ ask }) => {
    const missing = await ask("GET", "/nowhere");
    assert.equal(missing.headers.get("Content-Type"), "application/problem+json");
    assert.deepEqual(await missing.json(), {
      type: "not-found",
      title: "Not Found",
      status: 404,
      detail: "There is nothing at /nowhere; see /docs.",
    });
    const wrong = await ask("PATCH", "/models/plain");
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get("Allow"), "DELETE, GET, PUT");
    assert.match((await wrong.json()).detail, /does not take PATCH/);
    assert.equal((await ask("POST", "/predictions/x/stack")).status, 405);
    assert.equal((await ask("GET", "/%E0%A4%A")).status, 404);
  }));

Deno.test("a fault of ours is a 500 that tells nothing of the inside", () =>
  withService(async ({ json, compute }) => {
    const said: unknown[] = [];
    const { error } = console;
    console.error = (value) => said.push(value);
    try {
      compute.adapters = () => Promise.reject(new Error("secret /home/path"));
      const { detail } = await json<JobAnswer>(500, "GET", "/adapters");
      assert.equal(detail, "The service failed at this request; its log says why.");
      assert.match(String(said[0]), /secret/);
    } finally {
      console.error = error;
    }
  }));

Deno.test("a full disk is told as such", () =>
  withService(async ({ json, files }) => {
    files.receive = () => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    const body = tiff(await stackBytes());
    const { detail } = await json<JobAnswer>(507, "POST", "/predictions?model=plain", body);
    assert.match(detail, /disk is full/);
  }));

Deno.test("a job that the queue has no room for is told as a full disk, and leaves nothing", () =>
  withService(async ({ json, queue, data }) => {
    queue.add = () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    const body = tiff(await stackBytes());
    const { detail } = await json<JobAnswer>(507, "POST", "/predictions?model=plain", body);
    assert.match(detail, /disk is full/);
    assert.deepEqual(await data.jobIds(), []);
  }));

Deno.test("readiness follows the adapters", () =>
  withService(async ({ ask, compute }) => {
    assert.equal((await ask("GET", "/health/ready")).status, 200);
    assert.equal((await ask("GET", "/v2/health/ready")).status, 200);
    compute.isReady = false;
    assert.equal((await ask("GET", "/health/live")).status, 200);
    assert.equal((await ask("GET", "/health/ready")).status, 503);
    assert.equal((await ask("GET", "/v2/models/plain/ready")).status, 503);
    compute.ready = () => Promise.reject(new Error("no worker"));
    assert.equal((await ask("GET", "/health/ready")).status, 503);
  }));

Deno.test("a service without its queue, or without room, says so and is not ready", () =>
  withService(async ({ ask, json, queue, files }) => {
    const { counts, list } = queue;
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    queue.counts = () => Promise.reject(refused);
    queue.list = () => Promise.reject(refused);
    for (const path of ["/health/ready", "/predictions"]) {
      const response = await ask("GET", path);
      assert.equal(response.status, 503, path);
      assert.equal((await response.json()).type, "queue-unreachable");
      assert.ok(Number(response.headers.get("Retry-After")) > 0);
    }
    Object.assign(queue, { counts, list });
    files.hasRoom = () => Promise.resolve(false);
    const full = await json<{ type: string }>(503, "GET", "/health/ready");
    assert.equal(full.type, "disk-full");
    assert.equal((await ask("GET", "/health/live")).status, 200);
  }));

Deno.test("the metrics are Prometheus' text", () =>
  withService(async ({ ask, json, finish }) => {
    const { id } = await json(202, "POST", "/predictions?model=plain", tiff(await stackBytes()));
    await finish(id);
    const text = await (await ask("GET", "/metrics")).text();
    for (const line of text.trim().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+({\w+="[^"]*"(,\w+="[^"]*")*})? [\d.e+-]+)$/);
    }
    for (
      const line of [
        'zaugnet_jobs{kind="prediction",state="succeeded"} 1',
        'zaugnet_jobs{kind="prediction",state="queued"} 0',
        'zaugnet_jobs{kind="training",state="failed"} 0',
        "zaugnet_slices_total 7",
        "zaugnet_gpu_bytes 100",
        'zaugnet_job_run_seconds_bucket{kind="prediction",outcome="succeeded",le="10"} 2',
        'zaugnet_job_run_seconds_bucket{kind="prediction",outcome="succeeded",le="+Inf"} 3',
        'zaugnet_job_queue_seconds_sum{kind="prediction",outcome="succeeded"} 25.5',
      ]
    ) assert.ok(text.includes(`${line}\n`), line);
  }));

Deno.test("what is refused names options as the query does, and comes in parts, too", () =>
  withService(async ({ json }) => {
    const body = tiff(await stackBytes());
    const path = "/predictions?model=plain&spacing=0.3";
    const { detail, detailParts } = await json<JobAnswer & { detailParts: unknown[] }>(
      ...[422, "POST", path, body] as const,
    );
    assert.match(
      detail,
      /^spacing=0\.3 needs a ZAugNet\+ model.* it can do factor=2, a z step of 0\.25\.$/,
    );
    assert.deepEqual(detailParts[0], { option: "spacing", value: 0.3 });
  }));

Deno.test("why a job failed names options as the query does, and comes in parts, too", () =>
  withService(async ({ json, queue }) => {
    const { id } = await json(202, "POST", "/predictions?model=plain", tiff(await stackBytes()));
    await queue.lease("worker", 60);
    const error = phrase`${option("tile", 640)} does not fit: take ${option("tile", 512)}`;
    await queue.finish(id, "worker", { state: "failed", error });
    const job = await json(200, "GET", `/predictions/${id}`);
    assert.equal(job.error, "tile=640 does not fit: take tile=512.");
    assert.deepEqual(job.errorParts, error);
    const { detail } = await json(409, "GET", `/predictions/${id}/stack`);
    assert.match(detail, /without a stack: tile=640 does not fit: take tile=512\.$/);
  }));
