/**
 * Starts the service: `deno task serve`. This launcher reads the flags and gives the service proper
 * (src/http/main.ts) permissions for its data folder, its own files and its port, and no others.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import deno from "./deno.json" with { type: "json" };
import { InputError } from "./src/core.ts";
import { runProgram } from "./src/cli/program.ts";
import { serveCommand } from "./src/cli/serve.ts";
import { say } from "./src/cli/terminal.ts";
import type { SERVE } from "./src/options/serve.ts";
import type { OptionsOf } from "./src/options/table.ts";
import { parseQueueUrl, type QueueUrl } from "./src/service/queue_url.ts";
import { tuningFolder } from "./src/files/tuning.ts";
import type { Settings } from "./src/http/main.ts";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const LOOPBACK = ["127.0.0.1", "::1", "localhost"];
const SHORTEST_TOKEN = 16;

/** What drivers, their choice and their tuning are asked for, and no other variable. */
const ENVIRONMENT = deno.permissions.engine.env
  .filter((name) => !/^(SLURM_|PG)|COLOR/.test(name));
/** Where drivers are described, for --adapters. */
const DRIVERS = ["/etc", "/usr/local/etc", "/usr/local/share", "/usr/share"]
  .map((folder) => `${folder}/vulkan`);

type Flags = OptionsOf<typeof SERVE>;

await runProgram(serveCommand().action(launch));

async function launch(flags: Flags): Promise<void> {
  await checkToken(flags);
  const queue = flags.queue === undefined ? undefined : parseQueueUrl(flags.queue);
  await Deno.mkdir(flags.data, { recursive: true });
  const data = await Deno.realPath(flags.data);
  if (data.includes(",")) {
    throw new InputError(`The data folder's path must not have a comma, as ${data} has.`);
  }
  const page = flags.page ? await buildPage(data) : undefined;
  const settings = { ...settingsOf(flags, data, page), queue: queue?.url };
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...permissions(settings, queue),
      join(ROOT, "src/http/main.ts"),
      JSON.stringify(settings),
    ],
    // Its end tells the service that this launcher is gone.
    stdin: "piped",
    // Arguments can be seen by all users of the machine, the environment by this one only.
    env: queue?.password === undefined ? {} : { PGPASSWORD: queue.password },
  }).spawn();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const forward = () => child.kill("SIGTERM");
  for (const signal of signals) Deno.addSignalListener(signal, forward);
  const { code } = await child.status;
  for (const signal of signals) Deno.removeSignalListener(signal, forward);
  Deno.exitCode = code;
}

async function checkToken({ host, tokenFile }: Flags): Promise<void> {
  if (tokenFile === undefined) {
    if (LOOPBACK.includes(host)) return;
    throw new InputError(
      `--host ${host} lets other machines in: name a file with a token, --token-file FILE.`,
    );
  }
  const token = await Deno.readTextFile(tokenFile).catch(() => {
    throw new InputError(`The token's file ${tokenFile} can't be read.`);
  });
  if (/^\S+$/.test(token.trim()) && token.trim().length >= SHORTEST_TOKEN) return;
  throw new InputError(
    `${tokenFile} must hold a token of at least ${SHORTEST_TOKEN} characters without spaces.`,
  );
}

function settingsOf(flags: Flags, data: string, page: string | undefined): Settings {
  const { host, port, tokenFile, name, adapters, memory, precision, drainSeconds, rate } = flags;
  return {
    host,
    port,
    data,
    tokenFile,
    page,
    adapters,
    memory,
    precision,
    drainSeconds,
    hosts: [...name, host.includes(":") ? `[${host}]` : host],
    limits: {
      bodyBytes: flags.maxBody,
      samples: flags.maxSamples,
      slicePixels: flags.maxSlice,
      queueLength: flags.queueLength,
      trainingMinutes: flags.maxMinutes,
      requestsPerSecond: rate,
      requestBurst: 4 * rate,
      uploadIdleSeconds: 60,
      keepSeconds: 3600 * flags.keepHours,
    },
  };
}

/** What the service may do; there is no more, whatever a client makes of it. */
function permissions(
  { host, port, data, tokenFile, adapters }: Settings,
  queue?: QueueUrl,
): string[] {
  const address = host.includes(":") ? `[${host}]` : host;
  const drivers = adapters === undefined ? [] : [
    ...DRIVERS,
    ...["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"]
      .flatMap((name) => Deno.env.get(name)?.split(":") ?? []).filter(Boolean).map(dirname),
  ];
  const own = ["src", "models", "mod.ts", "deno.json", "deno.lock"].map((name) => join(ROOT, name));
  // A comma would end the path and let another one in.
  const tunings = [tuningFolder() ?? []].flat().filter((folder) => !folder.includes(","));
  const token = tokenFile === undefined ? [] : [tokenFile];
  const reads = [data, ...own, ...token, ...drivers, ...tunings];
  return [
    ...["--frozen", "--quiet", "--no-prompt", "--no-remote"],
    ...[`--allow-read=${reads.join(",")}`, `--allow-write=${data}`],
    `--allow-net=${[`${address}:${port}`, ...queue ? [queue.host] : []].join(",")}`,
    `--allow-env=${[...ENVIRONMENT, ...queue ? ["PG*"] : []].join(",")}`,
  ];
}

/** Bundles the page into the data folder; the one of the last start serves where that fails. */
async function buildPage(data: string): Promise<string | undefined> {
  const page = join(data, "page");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--frozen",
      "--quiet",
      "--no-prompt",
      "-A",
      join(ROOT, "scripts/build_page.ts"),
      page,
    ],
  }).output();
  if (success) return page;
  say(`The page could not be built: ${new TextDecoder().decode(stderr).trim()}`);
  const old = await Deno.stat(join(page, "index.html")).then(() => true, () => false);
  say(old ? "That of the last start is served." : "The API is served without it.");
  return old ? page : undefined;
}
