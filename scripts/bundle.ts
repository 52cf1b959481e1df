import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXAMPLE, MODELS } from "../src/files/installation.ts";
import { buildPage, SCRIPTS } from "./build_page.ts";
import { denoBundle } from "./deno_bundle.ts";
import { notices } from "./notices.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(ROOT, "src/cli/main.ts");

/** The addresses of modules that run in a separate thread or process. */
const ADDRESS = /\bnew URL\(\s*"([./\w]+)\.ts",\s*import\.meta\.url,?\s*\)/g;

/**
 * Fills an empty folder with the program as packages carry it: `zaugnet.js`, the modules that it
 * starts, what each command may do, the models, the page and the licences.
 */
export async function bundleProgram(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const started = await startedModules();
  const names = started.map((path) => basename(path, ".ts"));
  for (const [i, path] of [PROGRAM, ...started].entries()) {
    const target = join(folder, i === 0 ? "zaugnet.js" : `${names[i - 1]}.js`);
    await denoBundle(path, target, "deno");
    await writeFile(target, withAddresses(await readFile(target, "utf8"), names));
  }
  await buildPage(join(folder, "page"));
  for (const [from, to] of [[MODELS, "models"], [dirname(EXAMPLE), "example"]]) {
    await mkdir(join(folder, to), { recursive: true });
    for (const name of await readdir(from)) {
      await copyFile(join(from, name), join(folder, to, name));
    }
  }
  await copyFile(join(ROOT, "packages/commands.json"), join(folder, "commands.json"));
  await writeFile(join(folder, "LICENSES.txt"), await notices([PROGRAM, ...started, ...SCRIPTS]));
}

/** The modules whose addresses are in the sources, each once, by their paths. */
async function startedModules(): Promise<string[]> {
  const src = join(ROOT, "src");
  const found = new Set<string>();
  for (const name of await readdir(src, { recursive: true })) {
    if (!name.endsWith(".ts") || name.startsWith("web")) continue;
    const text = await readFile(join(src, name), "utf8");
    for (const [, address] of text.matchAll(ADDRESS)) {
      found.add(join(src, name, "..", `${address}.ts`));
    }
  }
  const paths = [...found].sort();
  const names = paths.map((path) => basename(path));
  const double = names.find((name, i) => names.indexOf(name) !== i);
  if (double) throw new Error(`Two modules that are started are named ${double}: rename one.`);
  return paths;
}

/** A bundle whose addresses are those of the bundles beside it. */
export function withAddresses(text: string, names: readonly string[]): string {
  return text.replace(ADDRESS, (_, address: string) => {
    const name = basename(address);
    if (!names.includes(name)) throw new Error(`There is no bundle of ${address}.ts.`);
    return `new URL("./${name}.js",import.meta.url)`;
  });
}
