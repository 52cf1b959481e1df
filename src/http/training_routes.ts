import { createRoute } from "@hono/zod-openapi";
import { checkSettings, option, phrase } from "../core.ts";
import { defaultsOf, type OptionsOf } from "../options/table.ts";
import { TRAIN, TRAINING } from "../options/train.ts";
import { readingOf } from "../options/stack_input.ts";
import { settingsOf } from "../runs/train_options.ts";
import type { TrainingRequest } from "../service/requests.ts";
import type { ReceivedStack } from "../service/job_files.ts";
import type { StoredModel } from "../service/model_store.ts";
import type { App } from "./app_types.ts";
import { type Download, downloadRoute, jobRoutes } from "./job_routes.ts";
import { viewOf } from "./job_view.ts";
import { type JobIntake, STACK_TYPES } from "./new_job.ts";
import { Problem } from "./problem.ts";
import * as schemas from "./schemas.ts";
import type { Services } from "./services.ts";
import { requireModel } from "./slice_service.ts";

const MOST_STACKS = 100;

const Query = schemas.query(TRAIN);

const DOWNLOADS: readonly Download[] = [
  {
    file: "metrics",
    name: "metrics",
    type: "application/jsonl",
    summary: "Losses and scores so far, one JSON object a line",
  },
  { file: "curves", name: "curves", type: "image/svg+xml", summary: "The curves so far" },
  {
    file: "validation",
    name: "validation.png",
    type: "image/png",
    summary: "The latest picture of what the network predicts",
  },
  {
    file: "model",
    name: "model",
    type: "application/octet-stream",
    summary: "The best model so far, as safetensors",
    saved: ({ id }) => `${id}.safetensors`,
  },
];

/** Trainings: stacks go in, a model comes out. */
export function trainingRoutes(app: App, services: Services, intake: JobIntake): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/trainings",
      tags: ["trainings"],
      summary: "Train a network on stacks",
      description: "Options are named as the flags of `zaugnet train`.",
      request: {
        query: Query,
        headers: schemas.IdempotencyHeader,
        body: {
          required: true,
          content: { ...schemas.bytes(...STACK_TYPES), ...schemas.form({ stacks: "several" }) },
        },
      },
      responses: { 202: schemas.acceptedJob, ...schemas.problems(408, 413, 415, 422, 507) },
    }),
    async (c) => {
      const asked = schemas.optionsIn(TRAIN, c.req.valid("query"));
      const init = asked.init === undefined ? undefined : await requireModel(services, asked.init);
      const job = await intake.take(c, {
        kind: "training",
        model: init,
        mostStacks: MOST_STACKS,
        reading: { reading: readingOf(asked), sequence: asked.sequence },
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        options: (stacks) => requestOf(asked, init, stacks, services.limits.trainingMinutes),
      });
      return c.json(viewOf(job, services), 202);
    },
  );
  jobRoutes(app, services, "training");
  for (const download of DOWNLOADS) downloadRoute(app, services, "training", download);
}

function requestOf(
  asked: OptionsOf<typeof TRAIN, "http">,
  init: StoredModel | undefined,
  stacks: readonly ReceivedStack[],
  mostMinutes: number,
): TrainingRequest {
  const { variant = init?.variant, maxMinutes = mostMinutes } = asked;
  if (init && variant !== init.variant) {
    throw new Problem(422, `${init.name} is a ${init.variant}, which no ${variant} starts from.`);
  }
  if (asked.validation === "stacks" && stacks.length === 1) {
    const stacks = option("validation", "stacks");
    throw new Problem(422, phrase`${stacks} needs at least two stacks; take blocks.`);
  }
  checkSettings(settingsOf({ ...defaultsOf(TRAINING), ...asked }, variant));
  return {
    ...asked,
    variant,
    initSha256: init?.sha256,
    maxMinutes: Math.min(maxMinutes, mostMinutes),
    validation: asked.validation ?? (stacks.length > 1 ? "stacks" : "blocks"),
    inputs: stacks.map(({ bytes, sha256, parts }) => ({ bytes, sha256, parts })),
  };
}
