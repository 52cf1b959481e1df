import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import deno from "../../deno.json" with { type: "json" };
import type { App, AppEnv } from "./app_types.ts";
import { DOCS_STYLE, docsPage } from "./docs_page.ts";
import { inferenceRoutes } from "./inference_routes.ts";
import { interpolateRoute } from "./interpolate_route.ts";
import { AtOnce } from "./limits.ts";
import { modelRoutes } from "./model_routes.ts";
import { JobIntake } from "./new_job.ts";
import { pageRoutes } from "./page_routes.ts";
import { predictionRoutes } from "./prediction_routes.ts";
import { answerError, Problem } from "./problem.ts";
import { problems } from "./schemas.ts";
import { bearerToken, rateLimit, sameSite, securityHeaders } from "./security.ts";
import type { Services } from "./services.ts";
import { healthRoutes, statusRoutes } from "./status_routes.ts";
import { trainingRoutes } from "./training_routes.ts";

const INFO = {
  title: "ZAugNet",
  version: deno.version,
  description: "Predicts the z-slices that a microscope did not take.",
};

/** The service as a function from requests to answers. Only /health and the page need no token. */
export async function createApp(services: Services): Promise<App> {
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.target, result.error.issues[0]);
    },
  });
  app.onError(answerError);
  app.notFound((c) => answerError(notFound(app, c.req.method, c.req.path), c));
  app.use(securityHeaders(), sameSite(services));
  healthRoutes(app, services);
  app.use(rateLimit(services));
  await pageRoutes(app, services.page);
  app.use(bearerToken(services));
  statusRoutes(app, services);
  modelRoutes(app, services);
  const intake = new JobIntake(services);
  predictionRoutes(app, services, intake);
  trainingRoutes(app, services, intake);
  const atOnce = new AtOnce(services.limits);
  interpolateRoute(app, services, atOnce);
  inferenceRoutes(app, services, atOnce);
  documentRoutes(app);
  return app;
}

function documentRoutes(app: App): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
  });
  const config = { openapi: "3.1.0", info: INFO, security: [{ token: [] }] };
  const common = { method: "get" as const, tags: ["service"] };
  const content = (type: string) => ({ [type]: { schema: { type: "string" as const } } });
  app.openapi(
    createRoute({
      ...common,
      path: "/openapi.json",
      summary: "This document",
      responses: {
        200: {
          description: "OpenAPI 3.1.",
          content: { "application/json": { schema: z.looseObject({}) } },
        },
        ...problems(),
      },
    }),
    (c) => c.json({ ...app.getOpenAPI31Document(config) }, 200),
  );
  app.openapi(
    createRoute({
      ...common,
      path: "/docs",
      summary: "This document, to be read",
      responses: { 200: { description: "A page.", content: content("text/html") }, ...problems() },
    }),
    (c) => c.html(docsPage(app.getOpenAPI31Document(config))),
  );
  app.openapi(
    createRoute({
      ...common,
      path: "/docs.css",
      summary: "Its style",
      responses: { 200: { description: "CSS.", content: content("text/css") }, ...problems() },
    }),
    (c) => c.body(DOCS_STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );
}

function invalid(target: string, { path, message }: z.core.$ZodIssue): Problem {
  const name = path.map(String).join(".");
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return new Problem(400, `${[target, name].filter(Boolean).join(" ")}: ${sentence}`);
}

/** 405 where the path is there for other methods. */
function notFound(app: App, method: string, path: string): Problem {
  const parts = path.split("/");
  const fits = (route: string) => {
    const names = route.split("/");
    return names.length === parts.length &&
      names.every((name, i) => name === parts[i] || name.startsWith(":") && parts[i] !== "");
  };
  const allowed = app.routes.filter((route) => route.method !== "ALL" && fits(route.path))
    .map((route) => route.method);
  if (allowed.length === 0) return new Problem(404, `There is nothing at ${path}; see /docs.`);
  const methods = [...new Set(allowed)].sort().join(", ");
  return new Problem(405, `${path} does not take ${method}, but ${methods}.`, { Allow: methods });
}
