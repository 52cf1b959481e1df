import assert from "assert";
import { Hono } from "hono";
import type { AppEnv } from "../../src/http/app_types.ts";
import { boundedRequests } from "../../src/http/limits.ts";
import { answerError } from "../../src/http/problem.ts";
import { stackBytes, tiff, withService } from "./service.ts";

const stack = await stackBytes();
const TOKEN = "correct-horse";

Deno.test("with a token, nothing but health and the page answers without it", () =>
  withService(async ({ app, ask }) => {
    assert.equal((await ask("GET", "/health/live")).status, 200);
    assert.equal((await ask("GET", "/health/ready")).status, 200);
    const routes = Object.entries(
      app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } }).paths!,
    );
    for (const [path, methods] of routes) {
      if (path.startsWith("/health")) continue;
      for (const method of Object.keys(methods)) {
        for (
          const Authorization of [
            "",
            "Bearer",
            "Bearer correct-horsf",
            `Bearer ${TOKEN} junk`,
            `Basic ${TOKEN}`,
          ]
        ) {
          const response = await ask(method.toUpperCase(), path.replaceAll(/{\w+}/g, "x"), {
            headers: { Authorization },
          });
          assert.equal(response.status, 401, `${method} ${path}`);
          assert.equal(response.headers.get("WWW-Authenticate"), "Bearer");
        }
      }
    }
    assert.equal((await ask("GET", "/nowhere")).status, 401);
    const headers = { Authorization: `Bearer ${TOKEN}` };
    assert.equal((await ask("GET", "/models", { headers })).status, 200);
    const sent = await ask("POST", "/predictions?model=plain", tiff(stack, headers));
    assert.equal(sent.status, 202);
  }, { token: TOKEN }));

Deno.test("pages of other sites are refused, programs and the own page are not", () =>
  withService(async ({ ask }) => {
    const status = async (method: string, headers: Record<string, string>) =>
      (await ask(method, "/predictions?model=plain", {
        ...(method === "POST" ? { body: stack } : {}),
        headers: { ...headers, ...(method === "POST" ? { "Content-Type": "image/tiff" } : {}) },
      })).status;
    assert.equal(await status("POST", { Origin: "http://evil.example" }), 403);
    assert.equal(await status("POST", { Origin: "http://localhost:9000" }), 403);
    assert.equal(await status("POST", { Origin: "null" }), 403);
    assert.equal(await status("POST", { "Sec-Fetch-Site": "cross-site" }), 403);
    assert.equal(await status("POST", { "Sec-Fetch-Site": "same-site" }), 403);
    const form = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" };
    assert.equal(await status("POST", form), 403);
    assert.equal(await status("POST", { Origin: "http://localhost" }), 202);
    assert.equal(await status("POST", { "Sec-Fetch-Site": "same-origin" }), 202);
    assert.equal(await status("POST", {}), 202);
    const link = await ask("GET", "/health/live", { headers: form });
    assert.equal(link.status, 200);
    assert.equal(link.headers.get("Access-Control-Allow-Origin"), null);
  }));

Deno.test("the server answers to its own names only", () =>
  withService(async ({ app }) => {
    const status = async (host: string) => (await app.request(`http://${host}/health/live`)).status;
    for (const host of ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:1", "scope.lab"]) {
      assert.equal(await status(host), 200, host);
    }
    assert.equal(await status("evil.example"), 403);
    assert.equal(await status("127.0.0.1.evil.example:8000"), 403);
  }, { hosts: ["scope.lab"] }));

Deno.test("every answer tells browsers to be careful, errors included", () =>
  withService(async ({ ask }) => {
    for (const path of ["/health/live", "/docs", "/nowhere", "/predictions?x=1"]) {
      const { headers } = await ask("GET", path);
      const policy = headers.get("Content-Security-Policy")!;
      assert.match(
        policy,
        /default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:/,
      );
      assert.doesNotMatch(policy, /'unsafe-|\*|http/);
      assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
      assert.equal(headers.get("Cache-Control"), "no-store");
    }
  }));

Deno.test("a client that asks too often waits; others do not", () => {
  let now = 0;
  return withService(async ({ app }) => {
    const ask = (hostname: string) =>
      app.request("http://localhost/models", {}, { remoteAddr: { hostname } });
    for (let i = 0; i < 5; i++) assert.equal((await ask("10.0.0.1")).status, 200);
    const refused = await ask("10.0.0.1");
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("Content-Type"), "application/problem+json");
    assert.equal(refused.headers.get("Retry-After"), "1");
    assert.equal((await ask("10.0.0.2")).status, 200);
    now += 500;
    assert.equal((await ask("10.0.0.1")).status, 200);
    assert.equal((await ask("10.0.0.1")).status, 429);
    now += 60_000;
    for (let i = 0; i < 5; i++) assert.equal((await ask("10.0.0.1")).status, 200);
    assert.equal((await ask("10.0.0.1")).status, 429);
  }, { limits: { requestsPerSecond: 2, requestBurst: 5 }, now: () => now });
});

Deno.test("a full queue asks for patience and takes no upload", () =>
  withService(async ({ ask, data }) => {
    const post = () => ask("POST", "/predictions?model=plain", tiff(stack));
    assert.equal((await post()).status, 202);
    assert.equal((await post()).status, 202);
    const refused = await post();
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get("Retry-After")) > 0);
    assert.equal((await data.jobIds()).length, 2);
  }, { limits: { queueLength: 2 } }));

Deno.test("of uploads under way, as many become jobs as there are places", () =>
  withService(async ({ ask }) => {
    const posts = [0, 1, 2, 3].map(() => ask("POST", "/predictions?model=plain", tiff(stack)));
    const statuses = (await Promise.all(posts)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [202, 202, 429, 429]);
  }, { limits: { queueLength: 2 } }));

Deno.test("an upload that does not come holds no place in the queue", () =>
  withService(async ({ ask }) => {
    const end = Promise.withResolvers<void>();
    const body = ReadableStream.from((async function* () {
      yield stack.subarray(0, 10);
      await end.promise;
    })());
    const slow = ask("POST", "/predictions?model=plain", tiff(body));
    assert.equal((await ask("POST", "/predictions?model=plain", tiff(stack))).status, 202);
    end.resolve();
    assert.equal((await slow).status, 422);
  }, { limits: { queueLength: 1 } }));

Deno.test("requests beyond a number at once are told to come again", async () => {
  const app = new Hono<AppEnv>();
  app.onError(answerError);
  const going = Promise.withResolvers<void>();
  app.use(boundedRequests(2));
  app.get("/", async (c) => {
    await going.promise;
    return c.text("done");
  });
  const first = [app.request("/"), app.request("/")];
  const third = await app.request("/");
  assert.deepEqual([third.status, (await third.json()).type], [503, "server-busy"]);
  assert.equal(third.headers.get("Connection"), "close");
  going.resolve();
  assert.deepEqual((await Promise.all(first)).map(({ status }) => status), [200, 200]);
  assert.equal((await app.request("/")).status, 200);
});
