import { type Job, type JobKind, type JobState, messageOf } from "./queue.ts";
import { progressOf, recordOf, resultOf } from "./queue_json.ts";

/** The table of jobs: a column for each field of {@link Job}, and who has the lease until when. */
export const TABLE = "zaugnet_jobs";

/** Times are milliseconds since 1970; JSON keeps its order. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ${TABLE} (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    kind text NOT NULL,
    options json NOT NULL,
    idempotency_key text UNIQUE,
    state text NOT NULL DEFAULT 'queued',
    created_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    attempts integer NOT NULL DEFAULT 0,
    progress json,
    cancelling boolean NOT NULL DEFAULT false,
    error text,
    result json,
    worker text,
    leased_until bigint
  );
  CREATE INDEX IF NOT EXISTS ${TABLE}_by_state ON ${TABLE} (state, place);
`;

/** A row of the table, of queued jobs with their position. */
export type Row = Readonly<Record<string, unknown>>;

/** The job in a row; 64-bit numbers come as text. */
export function jobOf(row: Row): Job {
  const given = <T>(name: string) => row[name] as T | null ?? undefined;
  const error = given<string>("error");
  const time = (name: string) => row[name] === null ? undefined : Number(row[name]);
  return {
    id: row.id as string,
    kind: row.kind as JobKind,
    options: recordOf(row.options),
    idempotencyKey: given<string>("idempotency_key"),
    state: row.state as JobState,
    createdAt: Number(row.created_at),
    startedAt: time("started_at"),
    finishedAt: time("finished_at"),
    position: given<number>("position"),
    attempts: row.attempts as number,
    progress: progressOf(row.progress),
    cancelling: row.cancelling as boolean,
    error: error === undefined ? undefined : messageOf(error),
    result: resultOf(row.result),
  };
}
