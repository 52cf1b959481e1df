import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "./app_types.ts";
import { metricsText } from "./metrics_text.ts";
import { Problem } from "./problem.ts";
import { json, problems } from "./schemas.ts";
import type { Services } from "./services.ts";

const Status = z.object({ status: z.literal("ok") });

const Adapter = z.object({
  index: z.int(),
  name: z.string(),
  type: z.enum(["gpu", "software"]),
  vendor: z.string(),
  architecture: z.string(),
}).openapi("Adapter");

/** Whether jobs can be worked on; a service that can't say so can't. */
export function isReady({ compute }: Pick<Services, "compute">): Promise<boolean> {
  return compute.ready().catch(() => false);
}

/** Liveness and readiness, which need no token: they tell nothing else. */
export function healthRoutes(app: App, services: Services): void {
  const common = { method: "get" as const, tags: ["service"], security: [] };
  app.openapi(
    createRoute({
      ...common,
      path: "/health/live",
      summary: "It runs",
      responses: { 200: json(Status, "It runs."), ...problems() },
    }),
    (c) => c.json({ status: "ok" as const }, 200),
  );
  app.openapi(
    createRoute({
      ...common,
      path: "/health/ready",
      summary: "It can work on jobs",
      responses: { 200: json(Status, "It can."), ...problems(503) },
    }),
    async (c) => {
      if (!await isReady(services)) throw new Problem(503, "No adapter is ready yet; try again.");
      return c.json({ status: "ok" as const }, 200);
    },
  );
}

/** What the service has and does. */
export function statusRoutes(app: App, services: Services): void {
  const common = { method: "get" as const, tags: ["service"] };
  app.openapi(
    createRoute({
      ...common,
      path: "/adapters",
      summary: "What it computes on",
      responses: { 200: json(z.array(Adapter), "By index."), ...problems() },
    }),
    async (c) => c.json([...await services.compute.adapters()], 200),
  );
  app.openapi(
    createRoute({
      ...common,
      path: "/metrics",
      summary: "Numbers for Prometheus",
      responses: {
        200: {
          description: "Prometheus' text format.",
          content: { "text/plain": { schema: z.string() } },
        },
        ...problems(),
      },
    }),
    async (c) => {
      const text = metricsText(await services.queue.counts(), await services.compute.stats());
      return c.text(text, 200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
    },
  );
}
