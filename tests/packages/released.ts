import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What npm installs: the package `deno` and the one of this platform. */
export const NODE_MODULES = join(ROOT, ".tools/node_modules");
export const VERSION = deno.version;

/** What a program said, and how it ended. */
interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let made: Promise<string> | undefined;

/** The folder of a release, made once for the tests of a file, and removed after them. */
export function released(): Promise<string> {
  return made ??= release(ROOT, temporaryFolder());
}

/** Makes a release of a checkout, into a folder. */
export async function release(root: string, folder: string): Promise<string> {
  const { code, stderr } = await run(Deno.execPath(), ["task", "release", folder], { cwd: root });
  if (code !== 0) throw new Error(stderr);
  return folder;
}

/** A folder that goes when the tests of a file are over. */
export function temporaryFolder(): string {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return folder;
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<Ran> {
  const command = new Deno.Command(program, { stdin: "null", ...options, args: [...args] });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** As {@link run}, with cold caches, neither Deno nor a checkout in reach, and no network. */
export async function runAlone(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<Ran> {
  return await run("unshare", ["-rn", program, ...args], { cwd, ...alone() });
}

/** An environment with cold caches and no Deno on its PATH. */
export function alone() {
  const home = temporaryFolder();
  const PATH = "/usr/bin:/bin";
  return { clearEnv: true, env: { PATH, HOME: home, DENO_DIR: join(home, "deno") } };
}

/** Registers a test of a release, or says that it is skipped where something for it is missing. */
export function withRelease(name: string, test: (folder: string) => Promise<void>): void {
  const needed: [boolean, string][] = [
    [existsSync(join(NODE_MODULES, "deno")), "npm's Deno in .tools"],
    [existsSync("/usr/bin/node"), "Node"],
    [succeeds("unshare", "-rn", "true"), "unshare -rn"],
    [succeeds("/usr/bin/python3", "-c", "import numpy, venv, ensurepip, tifffile"), "Python"],
  ];
  const missing = needed.filter(([found]) => !found).map(([, what]) => what);
  if (missing.length === 0) return Deno.test(name, async () => await test(await released()));
  console.warn(`SKIPPED: "${name}" needs ${missing.join(", ")}`);
}

/** Whether a program is there and does what it is asked. */
export function succeeds(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
