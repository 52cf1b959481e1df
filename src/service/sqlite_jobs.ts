import { type Job, type JobKind, type JobState, messageOf } from "./queue.ts";
import { progressOf, recordOf, resultOf } from "./queue_json.ts";

/** The table of jobs: a column for each field of {@link Job}, and who has the lease until when. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS jobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    options TEXT NOT NULL,
    idempotencyKey TEXT UNIQUE,
    state TEXT NOT NULL DEFAULT 'queued',
    createdAt INTEGER NOT NULL,
    startedAt INTEGER,
    finishedAt INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    progress TEXT,
    cancelling INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    result TEXT,
    worker TEXT,
    leasedUntil INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, place);
`;

/** Rows that {@link jobOf} reads. */
export const SELECT = `
  SELECT *, CASE state WHEN 'queued' THEN
    (SELECT count(*) FROM jobs AS other WHERE other.state = 'queued' AND other.place < jobs.place)
  END AS position FROM jobs`;

/** The job in a row of {@link SELECT}. */
export function jobOf(row: Record<string, unknown>): Job {
  const text = (name: string) => row[name] as string | null ?? undefined;
  const number = (name: string) => row[name] as number | null ?? undefined;
  const error = text("error");
  const json = (name: string): unknown => JSON.parse(text(name) ?? "null");
  return {
    id: row.id as string,
    kind: row.kind as JobKind,
    options: recordOf(json("options")),
    idempotencyKey: text("idempotencyKey"),
    state: row.state as JobState,
    createdAt: row.createdAt as number,
    startedAt: number("startedAt"),
    finishedAt: number("finishedAt"),
    position: number("position"),
    attempts: row.attempts as number,
    progress: progressOf(json("progress")),
    cancelling: row.cancelling === 1,
    result: resultOf(json("result")),
    error: error === undefined ? undefined : messageOf(error),
  };
}
