import { Command } from "commander";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };
import { InputError } from "../core.ts";
import { BUNDLED, CODE, PAGE } from "../files/installation.ts";
import { exists } from "../files/local_files.ts";
import { tuningFolder } from "../files/tuning.ts";
import type { Settings } from "../http/service.ts";
import { SERVE } from "../options/serve.ts";
import type { OptionsOf } from "../options/table.ts";
import { parseQueueUrl, type QueueUrl } from "../service/queue_url.ts";
import { addFlags } from "./flags.ts";
import { say } from "./terminal.ts";

const SERVICE = new URL("../http/service.ts", import.meta.url);
const LOOPBACK = ["127.0.0.1", "::1", "localhost"];
const SHORTEST_TOKEN = 16;

/** What drivers, their choice and their tuning are asked for, and no other variable. */
const ENVIRONMENT = deno.permissions.engine.env
  .filter((name) => !/^(SLURM_|PG)|COLOR/.test(name));
/** Where drivers are described, for --adapters. */
const DRIVERS = ["/etc", "/usr/local/etc", "/usr/local/share", "/usr/share"]
  .map((folder) => `${folder}/vulkan`);

/** With these, Deno takes nothing from the network, nor from the folder that it is started in. */
const CLOSED = [
  ...["--quiet", "--no-prompt", "--no-remote"],
  ...BUNDLED ? ["--no-config", "--no-lock", "--no-npm"] : ["--frozen"],
];

type Flags = OptionsOf<typeof SERVE>;

/**
 * `zaugnet serve` reads the flags and gives the service proper (src/http/service.ts), a process of
 * its own, permissions for its data folder, its own files and its port, and no others.
 */
export function serveCommand(): Command {
  const command = new Command("serve")
    .summary("predict and train over HTTP, with a page for the browser")
    .description("Serves predictions and trainings over HTTP, with a page for the browser.");
  return addFlags(command, SERVE).action(launch);
}

async function launch(flags: Flags): Promise<void> {
  await checkPermission();
  await checkToken(flags);
  const queue = flags.queue === undefined ? undefined : parseQueueUrl(flags.queue);
  await Deno.mkdir(flags.data, { recursive: true });
  const data = await Deno.realPath(flags.data);
  // A comma would end the path and let another one in.
  for (const path of [data, ...CODE]) {
    if (!path.includes(",")) continue;
    throw new InputError(`The service can't work in a folder with a comma in its path: ${path}.`);
  }
  const page = flags.page ? await builtPage() : undefined;
  const settings = { ...settingsOf(flags, data, page), queue: queue?.url };
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...permissions(settings, queue),
      fileURLToPath(SERVICE),
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

/** Of a checkout's tasks, only one may start processes. */
async function checkPermission(): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "run", command: Deno.execPath() });
  if (state === "granted") return;
  throw new InputError("The service starts in a separate process, with `deno task serve`.");
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
  { host, port, data, tokenFile, page, adapters }: Settings,
  queue?: QueueUrl,
): string[] {
  const address = host.includes(":") ? `[${host}]` : host;
  const drivers = adapters === undefined ? [] : [
    ...DRIVERS,
    ...["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"]
      .flatMap((name) => Deno.env.get(name)?.split(":") ?? []).filter(Boolean).map(dirname),
  ];
  // A comma would end the path and let another one in.
  const tunings = [tuningFolder() ?? []].flat().filter((folder) => !folder.includes(","));
  const token = tokenFile === undefined ? [] : [tokenFile];
  // The page of bundles lies among them.
  const built = page === undefined || CODE.some((folder) => page.startsWith(folder)) ? [] : [page];
  const reads = [data, ...CODE, ...built, ...token, ...drivers, ...tunings];
  return [
    ...CLOSED,
    ...[`--allow-read=${reads.join(",")}`, `--allow-write=${data}`],
    `--allow-net=${[`${address}:${port}`, ...queue ? [queue.host] : []].join(",")}`,
    `--allow-env=${[...ENVIRONMENT, ...queue ? ["PG*"] : []].join(",")}`,
  ];
}

/** The folder of the page, where it was built. */
async function builtPage(): Promise<string | undefined> {
  if (await exists(join(PAGE, "index.html"))) return PAGE;
  say(`The API is served without the page, which is not in ${PAGE}: \`deno task page\` builds it.`);
}
