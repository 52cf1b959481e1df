import { concatenate } from "./bytes.ts";
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
    throw new Problem(429, `You ask too often; wait ${seconds} s.`, {
      "Retry-After": String(seconds),
    });
  }
}

/**
 * The body of a request, held to the limits while it comes: throws a 413 problem where it is too
 * large, 408 where nothing comes for too long, 400 where it breaks off.
 */
export function limitedBody(
  request: Request,
  { bodyBytes, uploadIdleSeconds }: Pick<Limits, "bodyBytes" | "uploadIdleSeconds">,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const tooLarge = new Problem(413, `The request's body has more than ${bodyBytes} bytes.`);
  if (Number(request.headers.get("Content-Length") ?? 0) > bodyBytes) throw tooLarge;
  const reader = (request.body ?? new Blob().stream()).getReader();
  let received = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await within(uploadIdleSeconds, reader.read());
        if (done) return controller.close();
        received += value.length;
        if (received > bodyBytes) throw tooLarge;
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

/** The limits of requests that are answered at once: two slices, even as JSON's text. */
export function limitsAtOnce({ slicePixels, bodyBytes, uploadIdleSeconds }: Limits) {
  return { bodyBytes: Math.min(bodyBytes, 64 * slicePixels + 2 ** 16), uploadIdleSeconds };
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

  /** Does a request's work; throws a problem where those under way fill the memory. */
  async hold<T>(request: Request, work: () => Promise<T>): Promise<T> {
    const { bodyBytes } = limitsAtOnce(this.#limits);
    const bytes = Math.min(Number(request.headers.get("Content-Length") ?? bodyBytes), bodyBytes);
    if (this.#held + bytes > LARGEST_AT_ONCE * bodyBytes) {
      throw new Problem(429, "Too many slices are under way; try again.", { "Retry-After": "1" });
    }
    this.#held += bytes;
    try {
      return await work();
    } finally {
      this.#held -= bytes;
    }
  }
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
    const problem = new Problem(408, `Nothing of the body came for ${seconds} s.`);
    timer = setTimeout(() => reject(problem), seconds * 1000);
  });
  return await Promise.race([action, late]).finally(() => clearTimeout(timer));
}
