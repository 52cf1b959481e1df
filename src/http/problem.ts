import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { STATUS_CODES } from "node:http";
import { InputError, type Message } from "../core.ts";
import { ParsingLimitError } from "../service/parsing.ts";
import { isQueueAway } from "../service/queue_away.ts";
import { PayloadTooLarge } from "../service/received_file.ts";
import { partsOf, sentence } from "./query_face.ts";

/** What kind of problem a status tells of, where nothing closer is said. Clients rely on these. */
const TYPES: Readonly<Record<number, string>> = {
  400: "malformed-request",
  401: "token-missing",
  403: "foreign-origin",
  404: "not-found",
  405: "method-not-allowed",
  408: "body-too-slow",
  409: "not-there-yet",
  413: "too-large",
  415: "wrong-media-type",
  416: "range-not-satisfiable",
  422: "input-refused",
  429: "too-many-requests",
  500: "internal-fault",
  503: "not-ready",
  507: "disk-full",
};

/** An answer that is not what was asked for: thrown by routes, sent as problem+json (RFC 9457). */
export class Problem extends Error {
  override name = "Problem";

  /**
   * `said` is one sentence for the client: what is wrong, where, and what to do; `type` a slug that
   * stays when sentences change.
   */
  constructor(
    readonly status: number,
    readonly said: Message,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly type = TYPES[status] ?? "about:blank",
  ) {
    super(sentence(said));
  }
}

export const QUEUE_AWAY = "The server's job queue can't be reached now; try again.";

/** Answers what was thrown; says faults of ours in the log only. */
export function answerError(error: unknown, c: Context): Response {
  const { status, message, said, headers, type } = problemOf(error);
  if (status === 500) console.error(error);
  const title = STATUS_CODES[status] ?? "Error";
  const detailParts = partsOf(said);
  const body = { type, title, status, detail: message, detailParts };
  // The Open Inference Protocol's clients look for `error`.
  const all = c.req.path.startsWith("/v2") ? { ...body, error: message } : body;
  // What is left of a body that nobody wants is not read.
  const unread: Record<string, string> = c.req.raw.body ? { Connection: "close" } : {};
  return new Response(JSON.stringify(all), {
    status,
    headers: { ...headers, ...unread, "Content-Type": "application/problem+json" },
  });
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InputError) {
    // By its name, since it may come from another thread.
    if (error.name === PayloadTooLarge.name) return new Problem(413, error.said);
    const tooMuch = error.name === ParsingLimitError.name;
    return new Problem(422, error.said, {}, tooMuch ? "parsing-limit" : undefined);
  }
  if (error instanceof HTTPException) return new Problem(error.status, error.message);
  if ((error as { code?: string })?.code === "ENOSPC") {
    return new Problem(507, "The server's disk is full; try again when jobs have been removed.");
  }
  if (isQueueAway(error)) {
    const retry = { "Retry-After": "10" };
    return new Problem(503, QUEUE_AWAY, retry, "queue-unreachable");
  }
  return new Problem(500, "The service failed at this request; its log says why.");
}
