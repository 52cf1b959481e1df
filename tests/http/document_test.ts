import assert from "assert";
import type { OpenApi } from "./document.ts";
import { withService } from "./service.ts";

Deno.test("every route is in the OpenAPI document, with its answers and its errors", () =>
  withService(async ({ app, json }) => {
    const { openapi, paths } = await json<OpenApi>(200, "GET", "/openapi.json");
    assert.equal(openapi, "3.1.0");
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    );
    const registered = app.routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    assert.deepEqual(described.sort(), [...new Set(registered)].sort());
    assert.ok(described.length >= 30);
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      for (const status of ["400", "401", "403", "429", "500"]) {
        assert.deepEqual(Object.keys(operation.responses[status].content!), [
          "application/problem+json",
        ]);
      }
    }
  }));

Deno.test("the documentation is a page of our own, without scripts, for every route", () =>
  withService(async ({ ask, json }) => {
    const { paths } = await json<OpenApi>(200, "GET", "/openapi.json");
    const response = await ask("GET", "/docs");
    assert.match(response.headers.get("Content-Type")!, /^text\/html/);
    const page = await response.text();
    for (const path of Object.keys(paths)) assert.ok(page.includes(` ${path}</code>`), path);
    const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);
    assert.ok(links.every((link) => /^[/#]/.test(link)), `${links}`);
    assert.ok(!page.includes("<script"));
    assert.match(await (await ask("GET", "/docs.css")).text(), /font/);
  }));

Deno.test("the page's files are served with their types and ETags, and no other file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/page/inner`, { recursive: true });
    await Deno.writeTextFile(`${folder}/secret.html`, "secret");
    await Deno.writeTextFile(`${folder}/page/inner/x.js`, "inner");
    for (const name of ["index.html", "page.js", "style.css", ".hidden", "notes.txt"]) {
      await Deno.writeTextFile(`${folder}/page/${name}`, name);
    }
    await withService(async ({ app }) => {
      const get = (path: string, headers: Record<string, string> = {}) =>
        app.request(`http://localhost${path}`, { headers });
      for (
        const [path, name, type] of [
          ["/", "index.html", "text/html; charset=utf-8"],
          ["/page.js", "page.js", "text/javascript; charset=utf-8"],
          ["/style.css", "style.css", "text/css; charset=utf-8"],
        ]
      ) {
        const response = await get(path);
        assert.equal(await response.text(), name);
        assert.equal(response.headers.get("Content-Type"), type);
        const again = await get(path, { "If-None-Match": response.headers.get("ETag")! });
        assert.equal(again.status, 304);
      }
      const others = ["secret.html", ".hidden", "notes.txt", "inner/x.js", "index.html/../secret"];
      for (const path of [...others, "..%2Fsecret.html", "%2e%2e%2fsecret.html"]) {
        assert.equal((await get(`/${path}`)).status, 401, path);
      }
    }, { page: `${folder}/page`, token: "token" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
