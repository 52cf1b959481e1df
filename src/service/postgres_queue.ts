import postgres, { type PendingQuery, type Sql } from "postgres";
import { InputError, option, phrase } from "../core.ts";
import { jobOf, type Row, SCHEMA, TABLE } from "./postgres_jobs.ts";
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
import { queueName } from "./queue_url.ts";

/** PostgreSQL allows a hundred to all that use it, where nobody changed that. */
const CONNECTIONS = 4;
const CONNECT_SECONDS = 10;
/** Of the transaction that makes the table: any number that no one else locks. */
const SCHEMA_LOCK = 0x7a61_7567;

/**
 * A {@link JobQueue} in a PostgreSQL database, for servers and workers of several machines. Each
 * change is one statement. Leases run by the database's clock, since those of machines differ.
 */
export class PostgresQueue implements JobQueue {
  readonly #sql: Sql;
  readonly #now?: () => number;

  private constructor(sql: Sql, now?: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /**
   * Connects, and makes the table where there is none; a password may also be in PGPASSWORD. `now`
   * takes the place of the database's clock, in tests: milliseconds since 1970. Throws an
   * InputError where the database can't be used.
   */
  static async open(url: string, now?: () => number): Promise<PostgresQueue> {
    const name = queueName(url);
    const sql = postgres(url, {
      max: CONNECTIONS,
      connect_timeout: CONNECT_SECONDS,
      onnotice: () => {},
      connection: { application_name: "zaugnet" },
    });
    try {
      const [{ table }] = await sql`SELECT to_regclass(${TABLE}) AS table`;
      if (table === null) {
        await sql.begin(async (one) => {
          // Two that make the same table at once get in each other's way.
          await one`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
          await one.unsafe(SCHEMA);
        });
      }
      return new PostgresQueue(sql, now);
    } catch (error) {
      await sql.end({ timeout: 0 });
      const { message, code } = error as Error & { code?: string };
      const reason = String(message || code);
      throw new InputError(
        phrase`The queue ${name} can't be used: ${reason}. Check ${option("queue")} and the
          database's log.`,
        { cause: error },
      );
    }
  }

  async add(job: NewJob): Promise<{ job: Job; isNew: boolean }> {
    const { id, kind, options, idempotencyKey = null } = job;
    const [added] = await this.#sql`
      INSERT INTO ${this.#table} (id, kind, options, idempotency_key, created_at)
      VALUES (${id}, ${kind}, ${this.#json(options)}, ${idempotencyKey}, ${this.#time})
      ON CONFLICT (idempotency_key) DO NOTHING RETURNING id`;
    if (added) return { job: (await this.get(id))!, isNew: true };
    const [before] = await this.#rows(this.#sql`WHERE idempotency_key = ${idempotencyKey}`);
    // Where it was removed meanwhile, the key is free.
    return before ? { job: before, isNew: false } : await this.add(job);
  }

  async get(id: string): Promise<Job | undefined> {
    return (await this.#rows(this.#sql`WHERE id = ${id}`))[0];
  }

  list(kind: JobKind, limit: number): Promise<readonly Job[]> {
    return this.#rows(this.#sql`WHERE kind = ${kind} ORDER BY place DESC LIMIT ${limit}`);
  }

  async cancel(id: string): Promise<Job | undefined> {
    await this.#sql`
      UPDATE ${this.#table} SET cancelling = state = 'running',
        finished_at = CASE state WHEN 'queued' THEN ${this.#time} END,
        state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END
      WHERE id = ${id} AND state IN ('queued', 'running')`;
    return await this.get(id);
  }

  async counts(): Promise<readonly { kind: JobKind; state: JobState; count: number }[]> {
    return await this.#sql<{ kind: JobKind; state: JobState; count: number }[]>`
      SELECT kind, state, count(*)::integer AS count FROM ${this.#table} GROUP BY kind, state`;
  }

  async lease(worker: string, seconds: number): Promise<Job | undefined> {
    const sql = this.#sql;
    const abandoned = sql`state = 'running' AND (leased_until <= ${this.#time}
      OR worker = ${worker})`;
    const over = sql`(cancelling OR attempts >= ${MOST_ATTEMPTS})`;
    // Rows that another worker is taking are passed over, not waited for.
    await sql`
      UPDATE ${this.#table} SET state = CASE WHEN cancelling THEN 'cancelled' ELSE 'failed' END,
        error = CASE WHEN NOT cancelling THEN ${GIVEN_UP} END, finished_at = ${this.#time},
        cancelling = false, worker = NULL, leased_until = NULL
      WHERE place IN (SELECT place FROM ${this.#table} WHERE ${abandoned} AND ${over}
        FOR UPDATE SKIP LOCKED)`;
    const [taken] = await sql<Row[]>`
      UPDATE ${this.#table} SET state = 'running', worker = ${worker},
        leased_until = ${this.#time} + ${1000 * seconds}::bigint,
        started_at = coalesce(started_at, ${this.#time}), attempts = attempts + 1, progress = NULL
      WHERE place = (SELECT place FROM ${this.#table}
        WHERE state = 'queued' OR ${abandoned} AND NOT ${over}
        ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING *`;
    return taken && jobOf(taken);
  }

  async heartbeat(
    id: string,
    worker: string,
    seconds: number,
    progress?: JobProgress,
  ): Promise<Heartbeat> {
    const [row] = await this.#sql`
      UPDATE ${this.#table} SET leased_until = ${this.#time} + ${1000 * seconds}::bigint,
        progress = coalesce(${this.#json(progress)}, progress),
        attempts = CASE WHEN ${progress?.kept ?? 0} > coalesce((progress ->> 'kept')::integer, 0)
          THEN 1 ELSE attempts END
      WHERE ${this.#held(id, worker)} RETURNING cancelling`;
    if (!row) return "lost";
    return row.cancelling ? "cancel" : "continue";
  }

  async finish(id: string, worker: string, outcome: JobOutcome): Promise<boolean> {
    const { count } = await this.#sql`
      UPDATE ${this.#table} SET state = ${outcome.state}, finished_at = ${this.#time},
        result = ${this.#json(outcome.state === "succeeded" ? outcome.result : undefined)},
        error = ${outcome.state === "failed" ? storedMessage(outcome.error) : null},
        cancelling = false, worker = NULL, leased_until = NULL
      WHERE ${this.#held(id, worker)}`;
    return count === 1;
  }

  async release(id: string, worker: string): Promise<void> {
    await this.#sql`
      UPDATE ${this.#table} SET worker = NULL, leased_until = NULL, attempts = attempts - 1,
        state = CASE WHEN cancelling THEN 'cancelled' ELSE 'queued' END,
        finished_at = CASE WHEN cancelling THEN ${this.#time} END, cancelling = false
      WHERE ${this.#held(id, worker)}`;
  }

  async resume(id: string): Promise<Job | undefined> {
    await this.#sql`
      UPDATE ${this.#table} SET state = 'queued', attempts = 0, finished_at = NULL, error = NULL
      WHERE id = ${id} AND state IN ('failed', 'cancelled')`;
    return await this.get(id);
  }

  async remove(id: string): Promise<boolean> {
    const { count } = await this.#sql`
      DELETE FROM ${this.#table} WHERE id = ${id} AND finished_at IS NOT NULL`;
    return count === 1;
  }

  async endedBefore(time: number): Promise<readonly string[]> {
    const ended = await this.#sql<{ id: string }[]>`
      SELECT id FROM ${this.#table} WHERE finished_at < ${time}`;
    return ended.map(({ id }) => id);
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  get #table() {
    return this.#sql(TABLE);
  }

  get #time(): PendingQuery<Row[]> {
    return this.#now
      ? this.#sql`${this.#now()}::bigint`
      : this.#sql`(extract(epoch FROM clock_timestamp()) * 1000)::bigint`;
  }

  #held(id: string, worker: string): PendingQuery<Row[]> {
    return this.#sql`id = ${id} AND worker = ${worker} AND state = 'running'`;
  }

  /** As text, since the driver's own JSON is sent as jsonb, which sorts keys. */
  #json(value: object | undefined): PendingQuery<Row[]> {
    return this.#sql`${value ? JSON.stringify(value) : null}::text::json`;
  }

  async #rows(where: PendingQuery<Row[]>): Promise<Job[]> {
    const table = this.#table;
    const rows = await this.#sql<Row[]>`
      SELECT *, CASE state WHEN 'queued' THEN (SELECT count(*)::integer FROM ${table} AS other
        WHERE other.state = 'queued' AND other.place < ${table}.place) END AS position
      FROM ${table} ${where}`;
    return rows.map(jobOf);
  }
}
