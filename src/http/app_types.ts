import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";

/** What Deno.serve tells of a connection; absent where a test asks the app itself. */
export interface Connection {
  readonly remoteAddr?: { readonly hostname?: string };
  /** Settled when the answer is sent, or can't be. */
  readonly completed?: Promise<void>;
}

export type AppEnv = { Bindings: Connection };
export type App = OpenAPIHono<AppEnv>;
export type AppContext = Context<AppEnv>;
