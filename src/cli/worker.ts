import { Command } from "commander";
import { join } from "node:path";
import { InputError } from "../core.ts";
import { fleetCards } from "../fleet/mod.ts";
import { Compute } from "../service/compute.ts";
import { DataFolder } from "../service/data_folder.ts";
import { PostgresQueue } from "../service/postgres_queue.ts";
import { isFolder } from "../files/local_files.ts";
import { sayAdapters } from "./devices.ts";
import { WORKER } from "../options/serve.ts";
import type { OptionsOf } from "../options/table.ts";
import { addFlags } from "./flags.ts";
import { interruption, say } from "./terminal.ts";

type Flags = OptionsOf<typeof WORKER>;

export function workerCommand(): Command {
  const command = new Command("worker")
    .summary("do the jobs of servers that share a queue")
    .description(
      "Works on jobs that `deno task serve --queue` accepts, until it is stopped: on any machine that " +
        "reaches the database and sees the servers' data folder (docs/scaling.md).",
    );
  return addFlags(command, WORKER).action(run);
}

async function run(flags: Flags): Promise<void> {
  const { queue: url, data: path, adapters, memory, precision, drainSeconds } = flags;
  // A folder made here, where another machine's should be mounted, would hold no job's stack.
  if (!await isFolder(join(path, "jobs"))) {
    throw new InputError(
      `${path} is not a data folder of a server: mount it, or name another --data.`,
    );
  }
  const { signal, release } = interruption();
  const queue = await PostgresQueue.open(url);
  const data = await DataFolder.open(path, true);
  try {
    const cards = adapters === undefined ? undefined : await fleetCards(adapters);
    const name = crypto.randomUUID();
    const compute = await Compute.start({ data, queue, name, cards, memory, precision, say });
    sayAdapters(await compute.adapters());
    say(`Taking jobs as ${name}.`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    say(`Ending: jobs under way have ${drainSeconds} s.`);
    await compute.shutdown(drainSeconds);
  } finally {
    release();
    data.close();
    await queue.close();
  }
}
