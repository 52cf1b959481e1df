/**
 * The service itself, started by `zaugnet serve` with permissions for its data folder and its port only.
 * Its one argument is its settings as JSON.
 */
import { InputError, type Message, render } from "../core.ts";
import { fleetCards } from "../fleet/fleet.ts";
import { settleDriver } from "../files/choose_adapter.ts";
import { FLAGS } from "../files/flags_face.ts";
import { Compute } from "../service/compute.ts";
import { DataFolder } from "../service/data_folder.ts";
import { JobFiles } from "../service/job_files.ts";
import { ModelStore } from "../service/model_store.ts";
import { PostgresQueue } from "../service/postgres_queue.ts";
import type { Precision } from "../options/machine.ts";
import { SqliteQueue } from "../service/sqlite_queue.ts";
import { createApp } from "./app.ts";
import type { Limits } from "./services.ts";

/** The settings of the service. */
export interface Settings {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly data: string;
  /** A queue shared with others, its password in PGPASSWORD; in the data folder where not given. */
  readonly queue?: string;
  readonly tokenFile?: string;
  readonly page?: string;
  readonly hosts: readonly string[];
  readonly limits: Limits;
  /** A list of adapters; the preferred one where not given. */
  readonly adapters?: string;
  /** Bytes that each device may use. */
  readonly memory?: number;
  readonly precision: Precision;
  /** How long jobs under way may go on when the service is to end. */
  readonly drainSeconds: number;
}

/** Open answers, such as streams of events, have so long to end. */
const LAST_ANSWERS_MS = 2000;
const LONGEST_SWEEP_MS = 10 * 60_000;
/** Nothing that is still being sent is silent for this long. */
const CUT_UPLOAD_MS = 24 * 3600_000;

if (import.meta.main) await main(JSON.parse(Deno.args[0]));

async function main(settings: Settings): Promise<void> {
  try {
    await serve(settings);
    Deno.exit(0);
  } catch (error) {
    const known = error instanceof InputError;
    console.error(known ? `error: ${error.render(FLAGS)}` : error);
    Deno.exit(known ? 2 : 1);
  }
}

/** Serves until it is asked to end. */
async function serve(settings: Settings): Promise<void> {
  const ended = endAsked();
  settleDriver();
  const { page, hosts, limits, memory, precision } = settings;
  const token = settings.tokenFile && (await Deno.readTextFile(settings.tokenFile)).trim();
  const shared = settings.queue !== undefined;
  const data = await DataFolder.open(settings.data, shared);
  const queue = shared ? await PostgresQueue.open(settings.queue) : new SqliteQueue(data.queue);
  const files = new JobFiles(data, queue, limits.samples);
  await (shared ? files.removeCutUploads(CUT_UPLOAD_MS) : files.removeStrays());
  const cards = settings.adapters === undefined ? undefined : await fleetCards(settings.adapters);
  // Of its own at each start, where others work, too: an adapter alone is known by its number.
  const name = shared ? crypto.randomUUID() : undefined;
  const compute = await Compute.start({ data, queue, name, cards, memory, precision, say });
  for (const { name, type } of await compute.adapters()) {
    say(`Adapter: ${name}${type === "software" ? " (software: computes on the CPU, slowly)" : ""}`);
  }
  const sweep = sweeping(files, limits.keepSeconds);
  const models = new ModelStore(data);
  const services = { queue, models, files, compute, limits, token, hosts, page, now: Date.now };
  const app = await createApp(services);
  const closing = new AbortController();
  const server = listen(settings, closing.signal, (request, info) => app.fetch(request, info));
  await ended;
  say(`Ending: jobs under way have ${settings.drainSeconds} s.`);
  clearInterval(sweep);
  // Meanwhile clients can still ask; what they send is done after the next start.
  await compute.shutdown(settings.drainSeconds);
  const hurry = setTimeout(() => closing.abort(), LAST_ANSWERS_MS);
  await server.shutdown();
  clearTimeout(hurry);
  await queue.close();
  data.close();
}

function listen(
  { host, port }: Settings,
  signal: AbortSignal,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer {
  const shown = host.includes(":") ? `[${host}]` : host;
  const onListen = ({ port }: Deno.NetAddr) => say(`Listening on http://${shown}:${port}`);
  try {
    return Deno.serve({ hostname: host, port, signal, onListen }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new InputError(`Port ${port} is in use: end what uses it, or choose another --port.`);
    }
    throw error;
  }
}

/** Removes ended jobs when their time is over. */
function sweeping(files: JobFiles, keepSeconds: number): ReturnType<typeof setInterval> {
  const sweep = () =>
    files.removeEndedBefore(Date.now() - 1000 * keepSeconds)
      .catch((error) => say(`Old jobs could not be removed: ${error.message}`));
  void sweep();
  return setInterval(sweep, Math.min(LONGEST_SWEEP_MS, 100 * keepSeconds));
}

/** Resolves at Ctrl-C, at a termination, or when the launcher is gone, however it ended. */
function endAsked(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, resolve);
  // The launcher never writes, so that the first thing to come is the end.
  Deno.stdin.read(new Uint8Array(1)).then(() => resolve(), () => resolve());
  return promise;
}

function say(line: Message): void {
  console.error(render(line, FLAGS));
}
