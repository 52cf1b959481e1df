import { PostgresQueue } from "../../src/service/postgres_queue.ts";
import { startCluster } from "../support/postgres.ts";
import type { QueueStore } from "./queue_fixture.ts";
import { queueSpec } from "./queue_spec.ts";
import { resumeSpec } from "./resume_spec.ts";

const cluster = await startCluster();
Deno.test.afterAll(() => cluster?.stop());

if (cluster) {
  const makeStore = async (): Promise<QueueStore> => {
    const url = await cluster.create();
    return { open: (now) => PostgresQueue.open(url, now), remove: () => Promise.resolve() };
  };
  queueSpec("the PostgreSQL queue", makeStore);
  resumeSpec("the PostgreSQL queue", makeStore);
}
