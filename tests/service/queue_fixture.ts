import type { Job, JobQueue, NewJob } from "../../src/service/queue.ts";

/** Where queues of one kind keep their jobs, fresh for each test. */
export interface QueueStore {
  /** Opens the queue; again for a second process. */
  open(now: () => number): Promise<JobQueue>;
  remove(): Promise<void>;
}

/** A queue with its clock, which stands still where a test does not move it. */
export interface QueueFixture {
  readonly queue: JobQueue;
  readonly store: QueueStore;
  readonly now: () => number;
  pass(seconds: number): void;
}

/** Seconds. */
export const LEASE = 30;
export const DONE = { state: "succeeded", result: { slices: 5 } } as const;

/** A job to add. */
export function job(id: string, more: Partial<NewJob> = {}): NewJob {
  return { id, kind: "prediction", options: { model: "m", factor: 2 }, ...more };
}

/** Gives a test its own queue, whose clock starts at one time. */
export async function withQueue(
  makeStore: () => Promise<QueueStore>,
  test: (fixture: QueueFixture) => Promise<void>,
): Promise<void> {
  const store = await makeStore();
  let time = 1_700_000_000_000;
  const now = () => time;
  const queue = await store.open(now);
  try {
    await test({ queue, store, now, pass: (seconds) => void (time += 1000 * seconds) });
  } finally {
    await queue.close();
    await store.remove();
  }
}

/** Adds jobs, one after the other. */
export async function add(queue: JobQueue, ...ids: string[]): Promise<void> {
  for (const id of ids) await queue.add(job(id));
}

/** Takes the next job and lets its lease run out. */
export async function lose({ queue, pass }: QueueFixture): Promise<Job | undefined> {
  const taken = await queue.lease("mortal", LEASE);
  pass(LEASE + 1);
  return taken;
}
