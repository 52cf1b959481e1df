import { concatenate } from "../service/bytes.ts";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app_types.ts";
import { Problem } from "./problem.ts";
import type { Limits, Services } from "./services.ts";

/** The most clients that are told apart; the one that waited longest is forgotten first. */
const MOST_CLIENTS = 10_000;

/** One token bucket a client. */
export class RateLimiter {
  readonly #services: Pick<Services, "limits" | "now">;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(services: Pick<Services, "limits" | "now">) {
    this.#services = services;
  }

  /** Takes one token of the client's; throws a problem where there is none. */
  take(client: string): void {
    const { requestsPerSecond: rate, requestBurst: burst } = this.#services.limits;
    const at = this.#services.now();
    const before = this.#buckets.get(client) ?? { tokens: burst, at };
    const tokens = Math.min(burst, before.tokens + rate * Math.max(0, at - before.at) / 1000);
    this.#buckets.delete(client);
    this.#buckets.set(client, { tokens: tokens < 1 ? tokens : tokens - 1, at });
    if (this.#buckets.size > MOST_CLIENTS) {
      this.#buckets.delete(this.#buckets.keys().next().value!);
    }
    if (tokens >= 1) return;
    const seconds = Math.ceil((1 - tokens) / rate);
    const retry = { "Retry-After": String(seconds) };
    throw new Problem(429, `You ask too often; wait ${seconds} s.`, retry, "rate-limited");
  }
}

/** What holds a body to its limits while it comes. */
export interface BodyLimits extends Pick<Limits, "bodyBytes" | "uploadIdleSeconds"> {
  /** Hears how many bytes came; what it throws ends the body. */
  readonly received?: (bytes: number) => void;
}

/** In the long run; a body may be slower for as long as it may be silent. */
const SLOWEST_BYTES_PER_SECOND = 4096;

/**
 * The body of a request, held to the limits while it comes: throws a 413 problem where it is too
 * large, 408 where nothing comes for too long or all too little, 400 where it breaks off.
 */
export function limitedBody(
  request: Request,
  { bodyBytes, uploadIdleSeconds, received }: BodyLimits,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const tooLarge = new Problem(413, `The request's body has more than ${bodyBytes} bytes.`);
  if (Number(request.headers.get("Content-Length") ?? 0) > bodyBytes) throw tooLarge;
  const reader = (request.body ?? new Blob().stream()).getReader();
  let bytes = 0;
  /** Spent waiting for the client; what is done with its bytes is not its fault. */
  let waited = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const left = uploadIdleSeconds + bytes / SLOWEST_BYTES_PER_SECOND - waited;
        const since = performance.now();
        const { done, value } = await within(Math.min(uploadIdleSeconds, left), reader.read());
        waited += (performance.now() - since) / 1000;
        if (done) return controller.close();
        bytes += value.length;
        if (bytes > bodyBytes) throw tooLarge;
        received?.(value.length);
        controller.enqueue(value);
      } catch (error) {
        reader.cancel(error).catch(() => {});
        controller.error(
          error instanceof Problem ? error : new Problem(400, "The request's body broke off."),
        );
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Bodies of this many times the largest may be in memory at once. */
const LARGEST_AT_ONCE = 4;

/** The memory of requests that are answered at once, which all clients share. */
export class AtOnce {
  readonly #limits: Limits;
  #held = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Does a request's work with the limits of its body: two slices, even as JSON's text. Only what
   * has come takes memory; the body that would fill it ends with a problem.
   */
  async hold<T>(work: (limits: BodyLimits) => Promise<T>): Promise<T> {
    const { slicePixels, uploadIdleSeconds } = this.#limits;
    const bodyBytes = Math.min(this.#limits.bodyBytes, 64 * slicePixels + 2 ** 16);
    let own = 0;
    const received = (bytes: number) => {
      if (this.#held + bytes > LARGEST_AT_ONCE * bodyBytes) {
        const retry = { "Retry-After": "1" };
        throw new Problem(429, "Too many slices are under way; try again.", retry, "slices-busy");
      }
      own += bytes;
      this.#held += bytes;
    };
    try {
      return await work({ bodyBytes, uploadIdleSeconds, received });
    } finally {
      this.#held -= own;
    }
  }
}

/** Requests that may be under way at once: each has a socket, and an upload a file. */
const MOST_REQUESTS = 200;

/** Refuses requests beyond a number that are under way, streams of events and downloads included. */
export function boundedRequests(most = MOST_REQUESTS): MiddlewareHandler<AppEnv> {
  let underWay = 0;
  return async (c, next) => {
    if (underWay >= most) {
      const said = `${most} requests are under way, more than which this server does not take; ` +
        "try again.";
      throw new Problem(503, said, { "Retry-After": "1", Connection: "close" }, "server-busy");
    }
    underWay++;
    const over = () => void underWay--;
    try {
      await next();
    } finally {
      // Where a connection is there, an answer is over when all of it is sent.
      (c.env?.completed ?? Promise.resolve()).then(over, over);
    }
  };
}

/** All bytes of a stream that is known to be small. */
export async function wholeBody(
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  return concatenate(await Array.fromAsync(body));
}

async function within<T>(seconds: number, action: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const problem = new Problem(408, "Of the body nothing came for too long, or all too little.");
    timer = setTimeout(() => reject(problem), Math.max(0, seconds * 1000));
  });
  return await Promise.race([action, late]).finally(() => clearTimeout(timer));
}
