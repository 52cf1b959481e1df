import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** No test depends on what the developer has tuned: nothing is here. */
export const NO_CACHE = fileURLToPath(new URL("../../out/no-cache", import.meta.url));

const variable = (name: string) => Deno.env.get(name);
const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
const drivers = variable("MESA_SHADER_CACHE_DIR") || variable("XDG_CACHE_HOME") ||
  join(variable("HOME") ?? "", ".cache");

/** The environment of a cache folder for `zaugnet` alone: Deno and Mesa keep those that they have. */
export function cachedIn(folder: string): Record<string, string> {
  return { XDG_CACHE_HOME: folder, DENO_DIR: denoDir, MESA_SHADER_CACHE_DIR: drivers };
}

/** Works in this process with such a folder. */
export async function withCache(folder: string, work: () => Promise<void>): Promise<void> {
  const environment = cachedIn(folder);
  const before = Object.keys(environment).map((name) => [name, variable(name)] as const);
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
