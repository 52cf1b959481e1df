import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };
import { cachedIn, NO_CACHE } from "./cache.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The words of `deno task zaugnet` after "deno". */
const [, ...COMMAND] = deno.tasks.zaugnet.split(" ");

/** What a run of the command line left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real command line with the permissions of `deno task zaugnet`. */
export function startCli(
  args: readonly string[],
  cache = NO_CACHE,
  environment: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...COMMAND, ...args],
    cwd: ROOT,
    env: { ...cachedIn(cache), ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the real command line to its end. */
export function runCli(...args: readonly string[]): Promise<CliResult> {
  return resultOf(startCli(args));
}

/** As {@link runCli}, with a cache folder of the test's own. */
export function runCliWithCache(folder: string, ...args: readonly string[]): Promise<CliResult> {
  return resultOf(startCli(args, folder));
}

/** As {@link runCli}, with variables of the environment beside. */
export function runCliWith(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CliResult> {
  return resultOf(startCli(args, NO_CACHE, environment));
}

/** As {@link runCli}, where no file can grow over 64 KiB: the system refuses it as on a full disk. */
export function runCliOnFullDisk(...args: readonly string[]): Promise<CliResult> {
  const script = "trap '' XFSZ; ulimit -f 128; exec \"$@\"";
  return resultOf(
    new Deno.Command("sh", {
      args: ["-c", script, "sh", Deno.execPath(), ...COMMAND, ...args],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

async function resultOf(child: Deno.ChildProcess): Promise<CliResult> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder for a test's files, removed when the test is over. */
export async function inTemporaryFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
