import type { MiddlewareHandler } from "hono";
import { createHash, timingSafeEqual } from "node:crypto";
import type { AppEnv } from "./app_types.ts";
import { RateLimiter } from "./limits.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Scripts, workers and requests of this server only; pictures also from the page's own memory. The
 * page's reader of zstd is WebAssembly, which runs nothing but itself and is fetched as data.
 */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; " +
  "style-src 'self'; img-src 'self' blob: data:; connect-src 'self' data:; form-action 'self'; " +
  "base-uri 'none'";

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": `${PAGE_POLICY}; frame-ancestors 'none'`,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** Puts on every answer what keeps browsers careful. */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
  };
}

/**
 * Refuses what a page of another site makes a browser send, and names that lead here from outside
 * (DNS rebinding). Programs send neither Origin nor Sec-Fetch-Site.
 */
export function sameSite({ hosts }: Pick<Services, "hosts">): MiddlewareHandler<AppEnv> {
  const known = new Set([...LOOPBACK, ...hosts].map((name) => name.toLowerCase()));
  return async (c, next) => {
    const url = new URL(c.req.url);
    if (!known.has(url.hostname)) {
      throw new Problem(
        403,
        `This server is not ${url.hostname}; it answers to its own names only.`,
      );
    }
    const origin = c.req.header("Origin");
    const site = c.req.header("Sec-Fetch-Site") ?? "none";
    const followedLink = c.req.method === "GET" && c.req.header("Sec-Fetch-Mode") === "navigate";
    const foreign = origin !== undefined && hostOf(origin) !== url.host ||
      !["none", "same-origin"].includes(site) && !followedLink;
    if (foreign) throw new Problem(403, "Pages of other sites may not use this server.");
    await next();
  };
}

/** Without the scheme, which a proxy changes; "null" is the origin of files and sandboxes. */
function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}

/** One token bucket for each address. */
export function rateLimit(services: Services): MiddlewareHandler<AppEnv> {
  const limiter = new RateLimiter(services);
  return async (c, next) => {
    limiter.take(c.env?.remoteAddr?.hostname ?? "");
    await next();
  };
}

/** Asks for the token, where there is one. */
export function bearerToken({ token }: Pick<Services, "token">): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const [scheme, shown = ""] = (c.req.header("Authorization") ?? "").split(" ");
    if (token !== undefined && !(scheme.toLowerCase() === "bearer" && isSame(shown, token))) {
      throw new Problem(401, "This server asks for its token: Authorization: Bearer TOKEN.", {
        "WWW-Authenticate": "Bearer",
      });
    }
    await next();
  };
}

/** Takes the same time wherever two texts differ, and however long they are. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
