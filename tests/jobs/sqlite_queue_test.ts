import { join } from "node:path";
import { SqliteQueue } from "../../src/jobs/sqlite_queue.ts";
import { queueSpec } from "./queue_spec.ts";

queueSpec("the SQLite queue", async () => {
  const folder = await Deno.makeTempDir();
  return {
    open: (now) => Promise.resolve(new SqliteQueue(join(folder, "queue.sqlite"), now)),
    remove: () => Deno.remove(folder, { recursive: true }),
  };
});
