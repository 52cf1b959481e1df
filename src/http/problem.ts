import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { STATUS_CODES } from "node:http";
import { InputError, type Message } from "../core.ts";
import { PayloadTooLarge } from "../service/received_file.ts";
import { partsOf, sentence } from "./query_face.ts";

/** An answer that is not what was asked for: thrown by routes, sent as problem+json (RFC 9457). */
export class Problem extends Error {
  override name = "Problem";

  /** `said` is one sentence for the client: what is wrong, where, and what to do. */
  constructor(
    readonly status: number,
    readonly said: Message,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(sentence(said));
  }
}

/** Answers what was thrown; says faults of ours in the log only. */
export function answerError(error: unknown, c: Context): Response {
  const { status, message, said, headers } = problemOf(error);
  if (status === 500) console.error(error);
  const title = STATUS_CODES[status] ?? "Error";
  const detailParts = partsOf(said);
  const body = { type: "about:blank", title, status, detail: message, detailParts };
  // The Open Inference Protocol's clients look for `error`.
  const all = c.req.path.startsWith("/v2") ? { ...body, error: message } : body;
  return new Response(JSON.stringify(all), {
    status,
    headers: { ...headers, "Content-Type": "application/problem+json" },
  });
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InputError) {
    // By its name, since it may come from another thread.
    return new Problem(error.name === PayloadTooLarge.name ? 413 : 422, error.said);
  }
  if (error instanceof HTTPException) return new Problem(error.status, error.message);
  if ((error as { code?: string })?.code === "ENOSPC") {
    return new Problem(507, "The server's disk is full; try again when jobs have been removed.");
  }
  return new Problem(500, "The service failed at this request; its log says why.");
}
