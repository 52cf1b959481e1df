import assert from "assert";
import { gunzipSync } from "node:zlib";
import { takesGzip } from "../../src/http/page_routes.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { withService } from "./service.ts";

const SCRIPT = "const slices = [];\n".repeat(1000);

Deno.test("the page's files go gzipped to clients that take it, and as they are to others", () =>
  inTemporaryFolder(async (page) => {
    await Deno.writeTextFile(`${page}/page.js`, SCRIPT);
    await withService(async ({ app }) => {
      const get = (headers: Record<string, string>) =>
        app.request("http://localhost/page.js", { headers });
      const plain = await get({});
      assert.equal(plain.headers.get("Content-Encoding"), null);
      assert.equal(await plain.text(), SCRIPT);
      const packed = await get({ "Accept-Encoding": "gzip, deflate, br, zstd" });
      assert.equal(packed.headers.get("Content-Encoding"), "gzip");
      const bytes = new Uint8Array(await packed.arrayBuffer());
      assert.equal(packed.headers.get("Content-Length"), String(bytes.length));
      assert.ok(bytes.length < SCRIPT.length / 10);
      assert.equal(new TextDecoder().decode(gunzipSync(bytes)), SCRIPT);
    }, { page });
  }));

Deno.test("a cache keeps the gzipped and the plain file of the page apart", () =>
  inTemporaryFolder(async (page) => {
    await Deno.writeTextFile(`${page}/page.js`, SCRIPT);
    await withService(async ({ app }) => {
      const head = async (headers: Record<string, string>) =>
        (await app.request("http://localhost/page.js", { headers })).headers;
      const [plain, packed] = [await head({}), await head({ "Accept-Encoding": "gzip" })];
      for (const headers of [plain, packed]) {
        assert.equal(headers.get("Vary"), "Accept-Encoding");
      }
      assert.notEqual(plain.get("ETag"), packed.get("ETag"));
      const again = await app.request("http://localhost/page.js", {
        headers: { "Accept-Encoding": "gzip", "If-None-Match": packed.get("ETag")! },
      });
      assert.equal(again.status, 304);
    }, { page });
  }));

for (
  const [accepted, taken] of [
    ["gzip", true],
    ["br;q=1.0, gzip;q=0.8", true],
    ["GZIP", true],
    ["*", true],
    ["gzip;q=0", false],
    ["gzip; q=0.000, *", false],
    ["*;q=0", false],
    ["br, deflate", false],
    ["identity", false],
    ["", false],
  ] as const
) {
  Deno.test(`a client that accepts "${accepted}" takes ${taken ? "" : "no "}gzip`, () => {
    assert.equal(takesGzip(accepted), taken);
  });
}
