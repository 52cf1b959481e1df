import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { STATUS_CODES } from "node:http";
import { InputError } from "../core.ts";
import { PayloadTooLarge } from "../service/received_file.ts";

/** An answer that is not what was asked for: thrown by routes, sent as problem+json (RFC 9457). */
export class Problem extends Error {
  override name = "Problem";

  /** `message` is one sentence for the client: what is wrong, where, and what to do. */
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Answers what was thrown; says faults of ours in the log only. */
export function answerError(error: unknown, c: Context): Response {
  const { status, message, headers } = problemOf(error);
  if (status === 500) console.error(error);
  const title = STATUS_CODES[status] ?? "Error";
  const body = { type: "about:blank", title, status, detail: message };
  // The Open Inference Protocol's clients look for `error`.
  const all = c.req.path.startsWith("/v2") ? { ...body, error: message } : body;
  return new Response(JSON.stringify(all), {
    status,
    headers: { ...headers, "Content-Type": "application/problem+json" },
  });
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PayloadTooLarge) return new Problem(413, sentence(error.message));
  if (error instanceof InputError) return new Problem(422, sentence(error.message));
  if (error instanceof HTTPException) {
    return new Problem(error.status, sentence(error.message));
  }
  if ((error as { code?: string })?.code === "ENOSPC") {
    return new Problem(507, "The server's disk is full; try again when jobs have been removed.");
  }
  return new Problem(500, "The service failed at this request; its log says why.");
}

/** A sentence for a client, whose options have no dashes before their names. */
export function sentence(text: string): string {
  // An upload has no name; a sentence may begin with it.
  const plain = text.replace(/(^|[\s(,])--(?=[a-z])/g, "$1").replace(/^the stack /, "The stack ");
  return /[.!?]$/.test(plain) ? plain : `${plain}.`;
}
