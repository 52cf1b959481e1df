import { createRoute, z } from "@hono/zod-openapi";
import {
  checkSettings,
  DEFAULT_SETTINGS as DEFAULTS,
  option,
  phrase,
  SMALLEST_CRITIC_PATCH,
} from "../core.ts";
import * as values from "../files/flag_values.ts";
import type { TrainingRequest } from "../service/requests.ts";
import type { App } from "./app_types.ts";
import { type Download, downloadRoute, jobRoutes } from "./job_routes.ts";
import { viewOf } from "./job_view.ts";
import { type JobIntake, STACK_TYPES } from "./new_job.ts";
import { Problem } from "./problem.ts";
import * as schemas from "./schemas.ts";
import type { ReceivedStack, Services, StoredModel } from "./services.ts";
import { requireModel } from "./slice_service.ts";

const { count, flag } = schemas;
const MOST_STACKS = 100;
const MAX_SPAN = 7;
/** Patches in a step, and their side: more is a slip of the finger. */
const MOST_PATCHES = 256;
const LONGEST_PATCH_SIDE = 1024;

const positive = (description: string) =>
  flag(values.positive, { type: "number", exclusiveMinimum: 0, description });
const nonNegative = (description: string) =>
  flag(values.nonNegative, { type: "number", minimum: 0, description });

const Query = z.strictObject({
  variant: z.enum(["zaugnet", "zaugnet+"]).optional()
    .openapi({ description: "zaugnet by default, or that of init." }),
  init: schemas.modelName.optional().openapi({ description: "The model to start from." }),
  epochs: count("Times that each triplet is seen; 100 where nothing bounds the run.").optional(),
  "max-steps": count("Steps of the run.").optional(),
  "max-minutes": positive("Minutes of the run; the server has a limit of its own.").optional(),
  "early-stop": count("End after so many epochs without a better validation.").optional(),
  "validate-every": count("Validate after so many epochs: 1.").optional(),
  "batch-size": count("Patches in a step: 8.").optional(),
  "micro-batch": count("Patches at once; by the memory by default.").optional(),
  "patch-size": count("Side of patches, a multiple of 16: 256.").optional(),
  "learning-rate": positive("Of Adam: 0.0001.").optional(),
  "lambda-adv": nonNegative("Weight of the critic: 0.001; 0 for none.").optional(),
  "lambda-gp": nonNegative("Weight of its gradient penalty: 10.").optional(),
  "n-critic": count("Critic steps per generator step: 5.").optional(),
  "clip-norm": nonNegative("Longest gradient: 1; 0 for any.").optional(),
  "pixel-loss": z.enum(["paper", "full"]).optional(),
  seed: flag(values.countingNumber, { type: "integer", minimum: 0 }).optional(),
  "max-span": count("ZAugNet+: slices between those seen, at most: 7.").optional(),
  "skip-uncorrelated": z.enum(["true", "false"]).optional()
    .openapi({ description: "Leave out neighbours that hardly correlate." }),
  without: flag(values.augmentations, {
    type: "string",
    example: "flips,swap",
    description: "Augmentations to leave out, with commas.",
  }).optional(),
  validation: z.enum(["stacks", "blocks", "none"]).optional()
    .openapi({ description: "By default stacks where there are several, else blocks." }),
  normalization: schemas.windowFlags.normalization,
});

const DOWNLOADS: readonly Download[] = [
  {
    ...{ file: "metrics", name: "metrics", type: "application/jsonl" },
    summary: "Losses and scores so far, one JSON object a line",
  },
  { file: "curves", name: "curves", type: "image/svg+xml", summary: "The curves so far" },
  {
    ...{ file: "validation", name: "validation.png", type: "image/png" },
    summary: "The latest picture of what the network predicts",
  },
  {
    ...{ file: "model", name: "model", type: "application/octet-stream" },
    summary: "The best model so far, as safetensors",
    saved: ({ id }) => `${id}.safetensors`,
  },
];

/** Trainings: stacks go in, a model comes out. */
export function trainingRoutes(app: App, services: Services, intake: JobIntake): void {
  app.openapi(
    createRoute({
      ...{ method: "post", path: "/trainings", tags: ["trainings"] },
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
      const query = c.req.valid("query");
      const init = query.init === undefined ? undefined : await requireModel(services, query.init);
      const job = await intake.take(c, {
        ...{ kind: "training", model: init, mostStacks: MOST_STACKS },
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        options: (stacks) => optionsOf(query, init, stacks, services.limits.trainingMinutes),
      });
      return c.json(viewOf(job, services), 202);
    },
  );
  jobRoutes(app, services, "training");
  for (const download of DOWNLOADS) downloadRoute(app, services, "training", download);
}

function optionsOf(
  query: z.output<typeof Query>,
  init: StoredModel | undefined,
  stacks: readonly ReceivedStack[],
  mostMinutes: number,
): TrainingRequest {
  const { variant = init?.variant, normalization, without = [], epochs } = query;
  if (init && variant !== init.variant) {
    throw new Problem(422, `${init.name} is a ${init.variant}, which no ${variant} starts from.`);
  }
  const request: TrainingRequest = {
    ...{ variant, normalization, without, epochs },
    ...{ init: init?.name, initSha256: init?.sha256 },
    ...{ maxSteps: query["max-steps"], earlyStop: query["early-stop"] },
    validateEvery: query["validate-every"],
    maxMinutes: Math.min(query["max-minutes"] ?? mostMinutes, mostMinutes),
    batchSize: query["batch-size"] ?? DEFAULTS.batchSize,
    microBatch: query["micro-batch"],
    patchSize: query["patch-size"] ?? DEFAULTS.patchSize,
    learningRate: query["learning-rate"] ?? DEFAULTS.learningRate,
    lambdaAdv: query["lambda-adv"],
    lambdaGp: query["lambda-gp"] ?? DEFAULTS.lambdaGp,
    nCritic: query["n-critic"] ?? DEFAULTS.criticSteps,
    clipNorm: query["clip-norm"] ?? DEFAULTS.clipNorm,
    pixelLoss: query["pixel-loss"] ?? DEFAULTS.pixelLoss,
    seed: query.seed ?? DEFAULTS.seed,
    maxSpan: query["max-span"] ?? MAX_SPAN,
    skipUncorrelated: query["skip-uncorrelated"] === "true",
    validation: query.validation ?? (stacks.length > 1 ? "stacks" : "blocks"),
    inputs: stacks.map(({ bytes, sha256 }) => ({ bytes, sha256 })),
  };
  check(request);
  return request;
}

function check(request: TrainingRequest): void {
  const { validation, inputs, batchSize, patchSize, learningRate, seed } = request;
  if (validation === "stacks" && inputs.length === 1) {
    const stacks = option("validation", "stacks");
    throw new Problem(422, phrase`${stacks} needs at least two stacks; take blocks.`);
  }
  if (batchSize > MOST_PATCHES || patchSize > LONGEST_PATCH_SIDE) {
    throw new Problem(
      422,
      phrase`${option("batchSize")} goes up to ${MOST_PATCHES} and ${option("patchSize")} up to
        ${LONGEST_PATCH_SIDE}.`,
    );
  }
  const { lambdaAdv = DEFAULTS.lambdaAdv } = request;
  const withoutCritic = patchSize < SMALLEST_CRITIC_PATCH && request.lambdaAdv === undefined;
  checkSettings({
    ...{ ...DEFAULTS, batchSize, patchSize, learningRate, seed },
    lambdaAdv: withoutCritic ? 0 : lambdaAdv,
  });
}
