import { InputError, option, phrase } from "../core.ts";

const PROTOCOLS = ["postgres:", "postgresql:"];
const POSTGRES_PORT = "5432";

/** The address of a shared queue, apart from what nobody else may see. */
export interface QueueUrl {
  /** Without the password. */
  readonly url: string;
  readonly password?: string;
  /** Host and port, for permissions. */
  readonly host: string;
}

/**
 * Reads the address of a queue: `postgres://user@host/database`. Throws an InputError for anything
 * else; it does not repeat what was given, which may hold a password.
 */
export function parseQueueUrl(text: string): QueueUrl {
  const url = URL.parse(text);
  if (
    !url || !PROTOCOLS.includes(url.protocol) || url.hostname === "" ||
    url.hostname.includes(",") ||
    url.username === "" || url.pathname.length < 2
  ) {
    throw new InputError(
      phrase`${option("queue")} takes the address of a PostgreSQL database:
        postgres://USER@HOST/DATABASE.`,
    );
  }
  const password = decodeURIComponent(url.password) || undefined;
  url.password = "";
  return { url: url.href, password, host: `${url.hostname}:${url.port || POSTGRES_PORT}` };
}

/** How messages call a queue: host, port and database. */
export function queueName(url: string): string {
  const { host } = parseQueueUrl(url);
  return `${host}${new URL(url).pathname}`;
}
