import { DatabaseSync } from "node:sqlite";
import {
  GIVEN_UP,
  type Heartbeat,
  type Job,
  type JobKind,
  type JobOutcome,
  type JobProgress,
  type JobQueue,
  type JobState,
  MOST_ATTEMPTS,
  type NewJob,
  storedMessage,
} from "./queue.ts";
import { jobOf, SCHEMA, SELECT } from "./sqlite_jobs.ts";

/** Running jobs that nobody works on: their lease ran out, or their worker asks for a new one. */
const ABANDONED = "state = 'running' AND (leasedUntil <= :now OR worker = :worker)";

const SQLITE_FULL = 13;

/** There is no room for the queue's file; the code is that of the system's own error. */
class DiskFullError extends Error {
  override name = "DiskFullError";
  readonly code = "ENOSPC";

  constructor(cause: Error) {
    super("The disk of the job queue is full.", { cause });
  }
}

/** A {@link JobQueue} in one SQLite file, for the processes of one machine. */
export class SqliteQueue implements JobQueue {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  /** Opens or makes the file; `now` tells milliseconds since 1970. */
  constructor(path: string, now: () => number = Date.now) {
    this.#database = new DatabaseSync(path, { timeout: 10_000 });
    this.#now = now;
    // FULL: what was answered to a client outlives a power cut.
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.#database.exec(SCHEMA);
  }

  add(job: NewJob): Promise<{ job: Job; isNew: boolean }> {
    return this.#transaction(() => {
      const key = job.idempotencyKey ?? null;
      const [before] = this.#rows("WHERE idempotencyKey = :key", { key });
      if (before) return { job: before, isNew: false };
      this.#run(
        `INSERT INTO jobs (id, kind, options, idempotencyKey, createdAt)
         VALUES (:id, :kind, :options, :key, :now)`,
        {
          id: job.id,
          kind: job.kind,
          options: JSON.stringify(job.options),
          key,
          now: this.#now(),
        },
      );
      return { job: this.#find(job.id)!, isNew: true };
    });
  }

  get(id: string): Promise<Job | undefined> {
    return this.#later(() => this.#find(id));
  }

  list(kind: JobKind, limit: number): Promise<readonly Job[]> {
    return this.#later(() =>
      this.#rows("WHERE kind = :kind ORDER BY place DESC LIMIT :limit", { kind, limit })
    );
  }

  cancel(id: string): Promise<Job | undefined> {
    return this.#transaction(() => {
      this.#run(
        `UPDATE jobs SET state = 'cancelled', finishedAt = :now
         WHERE id = :id AND state = 'queued'`,
        { id, now: this.#now() },
      );
      this.#run("UPDATE jobs SET cancelling = 1 WHERE id = :id AND state = 'running'", { id });
      return this.#find(id);
    });
  }

  counts(): Promise<readonly { kind: JobKind; state: JobState; count: number }[]> {
    return this.#later(() => {
      const text = "SELECT kind, state, count(*) AS count FROM jobs GROUP BY kind, state";
      return this.#database.prepare(text).all().map((row) => ({
        kind: row.kind as JobKind,
        state: row.state as JobState,
        count: row.count as number,
      }));
    });
  }

  lease(worker: string, seconds: number): Promise<Job | undefined> {
    return this.#transaction(() => {
      const now = this.#now();
      this.#endAbandoned(worker, now);
      const text = `SELECT id FROM jobs WHERE state = 'queued' OR ${ABANDONED}
        ORDER BY place LIMIT 1`;
      const row = this.#database.prepare(text).get({ now, worker });
      if (!row) return undefined;
      const id = row.id as string;
      this.#run(
        `UPDATE jobs SET state = 'running', worker = :worker, leasedUntil = :until,
           startedAt = coalesce(startedAt, :now), attempts = attempts + 1, progress = NULL
         WHERE id = :id`,
        { id, worker, now, until: now + 1000 * seconds },
      );
      return this.#find(id);
    });
  }

  heartbeat(
    id: string,
    worker: string,
    seconds: number,
    progress?: JobProgress,
  ): Promise<Heartbeat> {
    return this.#later(() => {
      const row = this.#database.prepare(
        `UPDATE jobs SET leasedUntil = :until, progress = coalesce(:progress, progress),
           attempts = iif(:progress ->> 'kept' > coalesce(progress ->> 'kept', 0), 1, attempts)
         WHERE id = :id AND worker = :worker AND state = 'running' RETURNING cancelling`,
      ).get({
        id,
        worker,
        until: this.#now() + 1000 * seconds,
        progress: progress ? JSON.stringify(progress) : null,
      });
      if (!row) return "lost";
      return row.cancelling ? "cancel" : "continue";
    });
  }

  finish(id: string, worker: string, outcome: JobOutcome): Promise<boolean> {
    return this.#later(() => {
      const result = outcome.state === "succeeded" ? JSON.stringify(outcome.result) : null;
      const error = outcome.state === "failed" ? storedMessage(outcome.error) : null;
      const changes = this.#run(
        `UPDATE jobs SET state = :state, result = :result, error = :error, finishedAt = :now,
           cancelling = 0, worker = NULL, leasedUntil = NULL
         WHERE id = :id AND worker = :worker AND state = 'running'`,
        { id, worker, now: this.#now(), state: outcome.state, result, error },
      );
      return changes === 1;
    });
  }

  release(id: string, worker: string): Promise<void> {
    return this.#later(() => {
      this.#run(
        `UPDATE jobs SET worker = NULL, leasedUntil = NULL, attempts = attempts - 1,
           state = iif(cancelling, 'cancelled', 'queued'),
           finishedAt = iif(cancelling, :now, NULL), cancelling = 0
         WHERE id = :id AND worker = :worker AND state = 'running'`,
        { id, worker, now: this.#now() },
      );
    });
  }

  resume(id: string): Promise<Job | undefined> {
    return this.#transaction(() => {
      this.#run(
        `UPDATE jobs SET state = 'queued', attempts = 0, finishedAt = NULL, error = NULL
         WHERE id = :id AND state IN ('failed', 'cancelled')`,
        { id },
      );
      return this.#find(id);
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#later(() =>
      this.#run("DELETE FROM jobs WHERE id = :id AND finishedAt IS NOT NULL", { id }) === 1
    );
  }

  endedBefore(time: number): Promise<readonly string[]> {
    return this.#later(() => {
      const text = "SELECT id FROM jobs WHERE finishedAt < :time";
      return this.#database.prepare(text).all({ time }).map(({ id }) => id as string);
    });
  }

  close(): Promise<void> {
    return this.#later(() => this.#database.close());
  }

  /** Jobs that nobody works on and that are not to be tried again. */
  #endAbandoned(worker: string, now: number): void {
    const end = "cancelling = 0, worker = NULL, leasedUntil = NULL, finishedAt = :now";
    this.#run(
      `UPDATE jobs SET state = 'cancelled', ${end} WHERE cancelling = 1 AND ${ABANDONED}`,
      { now, worker },
    );
    this.#run(
      `UPDATE jobs SET state = 'failed', error = :error, ${end}
       WHERE attempts >= :most AND ${ABANDONED}`,
      {
        now,
        worker,
        most: MOST_ATTEMPTS,
        error: GIVEN_UP,
      },
    );
  }

  #find(id: string): Job | undefined {
    return this.#rows("WHERE id = :id", { id })[0];
  }

  #rows(where: string, values: Record<string, string | number | null>): Job[] {
    return this.#database.prepare(`${SELECT} ${where}`).all(values).map(jobOf);
  }

  #run(text: string, values: Record<string, string | number | null>): number {
    return Number(this.#database.prepare(text).run(values).changes);
  }

  /** Reading and then writing, as one step among the processes that have the file open. */
  #transaction<T>(work: () => T): Promise<T> {
    return this.#later(() => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const answer = work();
        this.#database.exec("COMMIT");
        return answer;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  /** SQLite answers at once; a promise carries its errors, too. */
  #later<T>(work: () => T): Promise<T> {
    return Promise.try(work).catch((error) => {
      throw error.errcode === SQLITE_FULL ? new DiskFullError(error) : error;
    });
  }
}
