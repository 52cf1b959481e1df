import assert from "assert";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inTemporaryFolder } from "../support/cli.ts";
import { SqliteQueue } from "../../src/service/sqlite_queue.ts";
import { DONE, job, LEASE } from "./queue_fixture.ts";
import { queueSpec } from "./queue_spec.ts";

queueSpec("the SQLite queue", async () => {
  const folder = await Deno.makeTempDir();
  return {
    open: (now) => Promise.resolve(new SqliteQueue(join(folder, "queue.sqlite"), now)),
    remove: () => Deno.remove(folder, { recursive: true }),
  };
});

/** Opens a queue, and its database, which the tests let no page be added to. */
function openCaught(path: string): { queue: SqliteQueue; database: DatabaseSync } {
  const { exec } = DatabaseSync.prototype;
  let database: DatabaseSync | undefined;
  DatabaseSync.prototype.exec = function (text) {
    exec.call(database = this, text);
  };
  try {
    return { queue: new SqliteQueue(path), database: database! };
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
}

Deno.test("the SQLite queue on a full disk takes no job, ends those that it has, and goes on when there is room", () =>
  inTemporaryFolder(async (folder) => {
    const { queue, database } = openCaught(join(folder, "queue.sqlite"));
    try {
      await queue.add(job("before"));
      // The fewest pages that it can be held to are those that it has: SQLite's own SQLITE_FULL.
      database.exec("PRAGMA max_page_count = 1");
      const large = job("large", { options: { text: "x".repeat(100_000) } });
      await assert.rejects(queue.add(large), { code: "ENOSPC", message: /disk .* is full/ });
      assert.equal(await queue.get("large"), undefined);
      assert.equal((await queue.lease("w", LEASE))?.id, "before");
      assert.equal(await queue.finish("before", "w", DONE), true);
      database.exec("PRAGMA max_page_count = 1000");
      assert.equal((await queue.add(large)).isNew, true);
    } finally {
      await queue.close();
    }
  }));
