// `deno task site [FOLDER]` makes a folder for any static host, under any path: the page, which
// predicts in the browser, with the models and the example stack; in dist/site where none is named.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLED_MODELS } from "../src/files/bundled_models.ts";
import { EXAMPLE } from "../src/files/installation.ts";
import { PAGE_POLICY } from "../src/http/security.ts";
import type { Site } from "../src/web/service_worker.ts";
import { SITE_EXAMPLE, type SiteModel } from "../src/web/site_client.ts";
import { buildPage } from "./build_page.ts";
import { denoBundle } from "./deno_bundle.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WORKER = "service_worker.js";

const MANIFEST = {
  name: "ZAugNet",
  short_name: "ZAugNet",
  description: "Predicts the z-slices that a microscope did not take.",
  start_url: "./",
  scope: "./",
  display: "standalone",
  icons: [{ src: "icon.svg", sizes: "any", type: "image/svg+xml" }],
};

if (import.meta.main) await buildSite(Deno.args[0] ?? join(ROOT, "dist/site"));

/** Builds the site beside its place and moves it there whole. */
async function buildSite(output: string): Promise<void> {
  const partial = `${output.replace(/\/$/, "")}.${Deno.pid}.site`;
  try {
    await buildPage(partial);
    const index = join(partial, "index.html");
    await writeFile(index, siteIndex(await readFile(index, "utf8")));
    await writeFile(join(partial, "manifest.json"), JSON.stringify(MANIFEST));
    const page = (await readdir(partial)).sort();

    const large = [await copyInto(partial, SITE_EXAMPLE, EXAMPLE)];
    const models: SiteModel[] = [];
    for (const { name, variant, path } of BUNDLED_MODELS) {
      const file = await copyInto(partial, `models/${basename(path)}`, path);
      large.push(file);
      models.push({ name, variant, file });
    }
    await writeFile(join(partial, "models/models.json"), JSON.stringify(models));
    await copyInto(partial, "example/README.md", join(dirname(EXAMPLE), "README.md"));

    const site: Site = {
      page: await versioned(partial, [...page, "models/models.json"]),
      large: await versioned(partial, large),
    };
    const worker = join(partial, WORKER);
    await denoBundle(join(ROOT, "src/web/service_worker.ts"), worker, "browser");
    const code = await readFile(worker, "utf8");
    await writeFile(worker, `const SITE=${JSON.stringify(site)};\n${code}`);
    await rm(output, { recursive: true, force: true });
    await rename(partial, output);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** The page, told that nobody answers it, with what a service says in its headers. */
function siteIndex(text: string): string {
  const replaced = (what: string, by: string) => {
    if (!text.includes(what)) throw new Error(`index.html has no ${what}`);
    text = text.replace(what, by);
  };
  replaced('<html lang="en">', '<html lang="en" data-site>');
  const policy = `${PAGE_POLICY}; manifest-src 'self'`;
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  replaced('<meta charset="utf-8">', `<meta charset="utf-8">\n    ${meta}`);
  replaced("<title>", '<link rel="manifest" href="manifest.json">\n    <title>');
  return text;
}

/** Copies a file to a path of the site, which it answers. */
async function copyInto(site: string, path: string, source: string): Promise<string> {
  await mkdir(dirname(join(site, path)), { recursive: true });
  await copyFile(source, join(site, path));
  return path;
}

async function versioned(site: string, files: readonly string[]): Promise<Site["page"]> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(await readFile(join(site, file)));
  return { version: hash.digest("hex").slice(0, 16), files };
}
