import type { z } from "@hono/zod-openapi";
import type { Job } from "../service/queue.ts";
import type { JobSchema } from "./schemas.ts";
import { partsOf, sentence } from "./query_face.ts";
import type { Services } from "./services.ts";

export const ENDED = ["succeeded", "failed", "cancelled"];

/** Where the jobs of a kind are. */
export const PATHS = { prediction: "/predictions", training: "/trainings" } as const;

/** What can be fetched of a job, by the last part of its path. */
const LINKS = {
  prediction: ["events", "stack"],
  training: ["events", "metrics", "curves", "validation.png", "model"],
} as const;

/** A job as clients see it. */
export function viewOf(job: Job, { limits }: Pick<Services, "limits">): z.input<typeof JobSchema> {
  const self = `${PATHS[job.kind]}/${job.id}`;
  const { finishedAt, position, progress, error, result } = job;
  const expiresAt = finishedAt && finishedAt + 1000 * limits.keepSeconds;
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    cancelling: job.cancelling,
    position,
    progress,
    result,
    options: job.options,
    error: error === undefined ? undefined : sentence(error),
    errorParts: error === undefined ? undefined : partsOf(error),
    createdAt: timeOf(job.createdAt)!,
    startedAt: timeOf(job.startedAt),
    finishedAt: timeOf(finishedAt),
    expiresAt: timeOf(expiresAt),
    links: Object.fromEntries([
      ["self", self],
      ...[...LINKS[job.kind], ...job.options.uncertainty ? ["spread"] : []]
        .map((name) => [name.split(".")[0], `${self}/${name}`]),
    ]),
  };
}

function timeOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}
