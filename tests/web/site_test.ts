import assert from "assert";
import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { writeStack } from "../support/stacks.ts";
import { noBrowser, withPage } from "./browser.ts";
import { differences } from "./real_stacks.ts";
import { downloaded, openStack } from "./support.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/build_site.ts", import.meta.url));
/** All that a file server knows. */
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

async function buildSite(folder: string): Promise<void> {
  const args = ["run", "--quiet", "--frozen", "-A", SCRIPT, folder];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** A plain file server: the folder under /sub/, no headers but the type. */
function serveFiles(folder: string) {
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    asked.push(`${request.method} ${path}`);
    const file = path.startsWith("/sub/") ? join(folder, path.slice(5) || "index.html") : "";
    if (!existsSync(file)) return new Response("", { status: 404 });
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    return new Response(await Deno.readFile(file), { headers: { "Content-Type": type } });
  });
  return { url: `http://127.0.0.1:${server.addr.port}/sub/`, asked, server };
}

async function predict(page: Page, stack: string): Promise<Uint8Array> {
  await page.getByText("The stack never leaves it.").waitFor();
  await openStack(page, stack);
  await page.getByRole("button", { name: "Predict here" }).click();
  await page.waitForSelector("#done:not([hidden])");
  return (await downloaded(page, "Download the result")).bytes;
}

Deno.test({
  name: "the site predicts from a plain file server under a path, and then without a network",
  ignore: noBrowser,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      await buildSite(`${folder}/site`);
      const stack = `${folder}/waves.tif`;
      await writeStack(stack, { sizes: { z: 2, y: 16, x: 16 } });
      const { url, asked, server } = serveFiles(`${folder}/site`);
      let runs = true;
      try {
        await withPage(url, { webGpu: true }, async (page) => {
          await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
          assert.ok(await page.getByRole("tab", { name: "Train" }).isHidden());
          assert.ok(await page.locator("input[name=where][value=server]").isHidden());
          const models = await page.locator("#model option").allTextContents();
          assert.deepEqual(models, ["zaugnet (ZAugNet)", "zaugnet+ (ZAugNet+)"]);
          const online = await predict(page, stack);
          await page.reload();
          await page.getByRole("button", { name: "Try a real one" }).click();
          await page.getByText("305 × 224 × 14").waitFor();
          assert.ok(asked.every((one) => one.startsWith("GET /sub/")), asked.join("\n"));
          assert.ok(asked.every((one) => !one.includes("zaugnet_plus")), "what is not used waits");

          runs = false;
          await server.shutdown();
          await page.reload();
          await page.getByRole("button", { name: "Try a real one" }).click();
          await page.getByText("305 × 224 × 14").waitFor();
          assert.deepEqual(await predict(page, stack), online);

          const output = `${folder}/expected.tif`;
          const { code, stderr } = await runCli("predict", stack, "-m", "zaugnet", "-o", output);
          assert.equal(code, 0, stderr);
          await Deno.writeFile(`${folder}/offline.tif`, online);
          const [first, between, last] = await differences(`${folder}/offline.tif`, output);
          assert.deepEqual([first, last], [0, 0], "originals pass untouched");
          assert.ok(between <= 1, `they differ by ${between}`);
        });
      } finally {
        if (runs) await server.shutdown();
      }
    }),
});

Deno.test("the site is made of the same bytes each time, and of files of one version", () =>
  inTemporaryFolder(async (folder) => {
    for (const name of ["a", "b"]) await buildSite(`${folder}/${name}`);
    const read = async (name: string) => {
      const files = [...Deno.readDirSync(`${folder}/${name}`)].filter(({ isFile }) => isFile)
        .map(({ name }) => name).sort();
      const bytes = files.map((file) => Deno.readFile(`${folder}/${name}/${file}`));
      return { files, bytes: await Promise.all(bytes) };
    };
    const [a, b] = [await read("a"), await read("b")];
    assert.deepEqual(a.files, b.files);
    assert.deepEqual(a.bytes, b.bytes);
    const worker = await Deno.readTextFile(`${folder}/a/service_worker.js`);
    const { page }: { page: { files: string[] } } = JSON.parse(
      worker.slice("const SITE=".length, worker.indexOf(";\n")),
    );
    const shell = a.files.filter((file) => file !== "service_worker.js");
    assert.deepEqual(page.files.toSorted(), [...shell, "models/models.json"].toSorted());
    assert.match(await Deno.readTextFile(`${folder}/a/example/README.md`), /CC BY 4\.0/);
  }));
