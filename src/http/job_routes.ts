import { createRoute, z } from "@hono/zod-openapi";
import { type Message, phrase } from "../core.ts";
import { streamSSE } from "hono/streaming";
import type { Job, JobKind } from "../service/queue.ts";
import type { JobFile } from "../service/job_files.ts";
import type { App } from "./app_types.ts";
import { ENDED, PATHS, viewOf } from "./job_view.ts";
import { Problem } from "./problem.ts";
import { bytes, JobSchema, json, problems } from "./schemas.ts";
import type { Services } from "./services.ts";
import { sendFile } from "./send_file.ts";

/** How often a followed job is looked at, and how often a quiet line shows that it is there. */
const LOOK_MILLISECONDS = 250;
const LOOKS_BETWEEN_SIGNS = 60;

export const IdParams = z.object({ id: z.string().regex(/^[\w-]{1,64}$/) });

/** Routes that all kinds of jobs have: list, state, events, cancel, remove. */
export function jobRoutes(app: App, services: Services, kind: JobKind): void {
  const { queue, files } = services;
  const path = PATHS[kind];
  const tags = [path.slice(1)];

  app.openapi(
    createRoute({
      method: "get",
      path,
      tags,
      summary: `The newest ${kind}s`,
      request: {
        query: z.strictObject({
          limit: z.coerce.number().int().min(1).max(1000).default(100)
            .openapi({ type: "integer", minimum: 1, maximum: 1000 }),
        }),
      },
      responses: { 200: json(z.array(JobSchema), "The newest first."), ...problems() },
    }),
    async (c) => {
      const jobs = await queue.list(kind, c.req.valid("query").limit);
      return c.json(jobs.map((job) => viewOf(job, services)), 200);
    },
  );

  const one = { path: `${path}/{id}`, tags, request: { params: IdParams } };
  app.openapi(
    createRoute({
      ...one,
      method: "get",
      summary: "State and progress",
      responses: { 200: json(JobSchema, "The job."), ...problems(404) },
    }),
    async (c) => {
      const job = await jobOf(services, kind, c.req.valid("param").id);
      return c.json(viewOf(job, services), 200);
    },
  );

  app.openapi(
    createRoute({
      ...one,
      method: "delete",
      summary: "Stop; remove where it ended",
      responses: {
        202: json(JobSchema, "It is stopped, or will be after the batch under way."),
        204: { description: "It had ended and is removed with its files." },
        ...problems(404),
      },
    }),
    async (c) => {
      const { id, state } = await jobOf(services, kind, c.req.valid("param").id);
      if (ENDED.includes(state)) {
        await files.remove(id);
        return c.body(null, 204);
      }
      const job = await queue.cancel(id);
      if (!job) throw noJob(kind, id);
      return c.json(viewOf(job, services), 202);
    },
  );

  app.openapi(
    createRoute({
      ...one,
      path: `${path}/{id}/cancel`,
      method: "post",
      summary: "Stop; keep what it made",
      description: "May be repeated: a job that has ended stays as it is, with its files.",
      responses: {
        200: json(JobSchema, "It has ended; its state tells how."),
        202: json(JobSchema, "It will stop after the batch under way."),
        ...problems(404),
      },
    }),
    async (c) => {
      const { id } = await jobOf(services, kind, c.req.valid("param").id);
      const job = await queue.cancel(id);
      if (!job) throw noJob(kind, id);
      return c.json(viewOf(job, services), ENDED.includes(job.state) ? 200 : 202);
    },
  );

  app.openapi(
    createRoute({
      ...one,
      path: `${path}/{id}/events`,
      method: "get",
      summary: "State and progress as they change, until the end",
      description: "Server-sent events named `job`, each with the whole job as JSON.",
      responses: {
        200: {
          description: "The stream ends with the job.",
          content: { "text/event-stream": { schema: { type: "string" } } },
        },
        ...problems(404),
      },
    }),
    async (c) => {
      let job: Job | undefined = await jobOf(services, kind, c.req.valid("param").id);
      const { id } = job;
      return streamSSE(c, async (stream) => {
        let sent = "";
        for (let look = 1; job && !stream.aborted; look++) {
          const data = JSON.stringify(viewOf(job, services));
          if (data !== sent) await stream.writeSSE({ event: "job", data, id: String(look) });
          else if (look % LOOKS_BETWEEN_SIGNS === 0) await stream.write(":\n\n");
          if (ENDED.includes(job.state)) return;
          sent = data;
          await stream.sleep(LOOK_MILLISECONDS);
          job = await queue.get(id);
        }
      });
    },
  );
}

/** What a job made, as a separate route. */
export interface Download {
  readonly file: JobFile;
  /** The last part of the path. */
  readonly name: string;
  readonly type: string;
  readonly summary: string;
  /** The file's name for who saves it. */
  readonly saved?: (job: Job) => string;
}

export function downloadRoute(app: App, services: Services, kind: JobKind, wanted: Download): void {
  const { file, name, type, summary, saved } = wanted;
  const content = bytes(type);
  app.openapi(
    createRoute({
      method: "get",
      path: `${PATHS[kind]}/{id}/${name}`,
      tags: [PATHS[kind].slice(1)],
      summary,
      description: "With ETag, Range, If-Range and HEAD.",
      request: {
        params: IdParams,
        headers: z.object({ range: z.string().optional().openapi({ example: "bytes=0-1023" }) }),
      },
      responses: {
        200: { description: "The whole file.", content },
        206: { description: "The part that was asked for.", content },
        304: { description: "It is as the client has it." },
        ...problems(404, 409, 416),
      },
    }),
    async (c) => {
      const job = await jobOf(services, kind, c.req.valid("param").id);
      const stored = await services.files.open(job.id, file);
      if (!stored) throw new Problem(409, notReady(job, file));
      const disposition = saved && `attachment; filename="${saved(job)}"`;
      return sendFile(c, stored, {
        "Content-Type": type,
        ...(disposition ? { "Content-Disposition": disposition } : {}),
      });
    },
  );
}

function notReady({ state, kind, error, result }: Job, file: JobFile): Message {
  if (!ENDED.includes(state)) return `The ${kind} is ${state}: its ${file} is not there yet.`;
  const whole = Array.isArray(result?.repaired) && result.repaired.length === 0;
  const why = whole ? "no slice needs repair." : error;
  return phrase`The ${kind} ${state}, without a ${file}${why ? phrase`: ${why}` : "."}`;
}

async function jobOf({ queue }: Services, kind: JobKind, id: string): Promise<Job> {
  const job = await queue.get(id);
  if (job?.kind === kind) return job;
  throw noJob(kind, id);
}

function noJob(kind: JobKind, id: string): Problem {
  return new Problem(404, `There is no ${kind} ${id}; ended ones are removed after a time.`);
}
