import { PostgresQueue } from "../../src/service/postgres_queue.ts";
import { startCluster } from "../support/postgres.ts";
import { queueSpec } from "./queue_spec.ts";

const cluster = await startCluster();
Deno.test.afterAll(() => cluster?.stop());

if (cluster) {
  queueSpec("the PostgreSQL queue", async () => {
    const url = await cluster.create();
    return { open: (now) => PostgresQueue.open(url, now), remove: () => Promise.resolve() };
  });
}
