// Bundles the page of the service into the folder that is named; without one into dist/page, where
// `deno task serve` takes it from, unless what is there is newer than all that it is made of.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PAGE } from "../src/files/installation.ts";
import { denoBundle } from "./deno_bundle.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WEB = join(ROOT, "src/web");
/** What a browser runs. */
export const SCRIPTS = ["page.ts", "engine_worker.ts"].map((name) => join(WEB, name));
/** What the page is made of. */
const SOURCES = ["src", "scripts", "deno.json", "deno.lock"];

if (import.meta.main) {
  const [named] = Deno.args;
  try {
    if (named !== undefined || await isStale(PAGE)) await buildPage(named ?? PAGE);
  } catch (error) {
    console.error(`error: The page can't be built: ${(error as Error).message}`);
    Deno.exitCode = 1;
  }
}

/** Builds the page beside its place and moves it there whole. */
export async function buildPage(output: string): Promise<void> {
  const start = new Date();
  const partial = `${output.replace(/\/$/, "")}.${Deno.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    for (const script of SCRIPTS) {
      const target = join(partial, basename(script).replace(/ts$/, "js"));
      await denoBundle(script, target, "browser");
    }
    for (const name of await readdir(WEB)) {
      if (/\.(html|css|svg)$/.test(name)) await copyFile(join(WEB, name), join(partial, name));
    }
    // What changes while it is built is newer than it.
    await utimes(join(partial, "index.html"), start, start);
    await rm(output, { recursive: true, force: true });
    await rename(partial, output).catch((error) => {
      // Another process has built the same, just now.
      if (!existsSync(join(output, "index.html"))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Whether there is no page, or one that is older than a source. */
async function isStale(page: string): Promise<boolean> {
  const built = await stat(join(page, "index.html")).catch(() => undefined);
  if (built === undefined) return true;
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const isFolder = (await stat(path)).isDirectory();
    const names = isFolder ? await readdir(path, { recursive: true }) : [""];
    for (const name of names) {
      if ((await stat(join(path, name))).mtime > built.mtime) return true;
    }
  }
  return false;
}
