/**
 * Codes of the driver, the system and the database (SQLSTATE) that mean that a queue can't be
 * reached for now: no connection, too many of them, the database starts or ends.
 */
const AWAY = /^(CONNECT(ION)?_|ECONN|EPIPE|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTFOUND|08|53|57P)/;

/** SQLite's file is held by another process for longer than is waited for. */
const SQLITE_BUSY = 5;

/** Whether an error of a {@link JobQueue} is over when it can be reached again. */
export function isQueueAway(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  return errcode === SQLITE_BUSY || typeof code === "string" && AWAY.test(code);
}
