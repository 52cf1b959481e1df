import { createRoute, z } from "@hono/zod-openapi";
import { namedDamage, option, phrase, planEnsemble, planPrediction, planRepair } from "../core.ts";
import * as values from "../files/flag_values.ts";
import type { RepairChoice } from "../files/predict_file.ts";
import type { PredictionRequest } from "../service/requests.ts";
import type { App } from "./app_types.ts";
import { downloadRoute, jobRoutes } from "./job_routes.ts";
import { viewOf } from "./job_view.ts";
import { type JobIntake, STACK_TYPES } from "./new_job.ts";
import { Problem } from "./problem.ts";
import * as schemas from "./schemas.ts";
import type { ReceivedStack, Services } from "./services.ts";
import { interpolatorOf, requireModel } from "./slice_service.ts";

const { count, flag, numbers } = schemas;

const Query = z.strictObject({
  model: schemas.modelName,
  factor: count("Parts of each gap: 2, 4, 8, …; ZAugNet+: any. 2 by default.").optional(),
  dpm: numbers("ZAugNet+: relative distances in each gap, instead.").optional(),
  spacing: flag(values.spacing, {
    type: "string",
    example: "isotropic",
    description: 'A z step in the stack\'s unit, or "isotropic", instead.',
  }).optional(),
  positions: numbers("z of each slice, for stacks with uneven steps.").optional(),
  repair: flag(values.repair, {
    type: "string",
    example: "3,7-9",
    description: 'Damaged slices (from 0, or "auto" to find them) that are filled instead.',
  }).optional(),
  uncertainty: z.enum(["true", "false"]).optional()
    .openapi({ description: "Predict eight times: the mean, and its spread beside it." }),
  ...schemas.windowFlags,
  tile: count("Side of tiles, a multiple of 16; by the memory by default.").optional(),
  overlap: count("Pixels that tiles share, likewise.").optional(),
  "batch-size": count("Tiles in one pass; by the memory by default.").optional(),
  format: z.enum(["imagej", "ome"]).default("imagej").openapi({ description: "Of the result." }),
});

/** Predictions: a stack goes in, a stack comes out. */
export function predictionRoutes(app: App, services: Services, intake: JobIntake): void {
  app.openapi(
    createRoute({
      ...{ method: "post", path: "/predictions", tags: ["predictions"] },
      summary: "Predict the missing slices of a stack",
      description: "Options are named as the flags of `zaugnet predict`.",
      request: {
        query: Query,
        headers: schemas.IdempotencyHeader,
        body: {
          required: true,
          content: { ...schemas.bytes(...STACK_TYPES), ...schemas.form({ stack: "one" }) },
        },
      },
      responses: { 202: schemas.acceptedJob, ...schemas.problems(408, 413, 415, 422, 507) },
    }),
    async (c) => {
      const { "batch-size": batchSize, uncertainty, ...flags } = c.req.valid("query");
      const model = await requireModel(services, flags.model);
      const job = await intake.take(c, {
        ...{ kind: "prediction", model, mostStacks: 1 },
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        options(stacks): PredictionRequest {
          const own = { batchSize, uncertainty: uncertainty === "true" || undefined };
          const options = { ...flags, ...own, modelSha256: model.sha256 };
          check(services, model.variant, options, stacks[0]);
          return { ...options, inputs: stacks.map(({ bytes, sha256 }) => ({ bytes, sha256 })) };
        },
      });
      return c.json(viewOf(job, services), 202);
    },
  );
  jobRoutes(app, services, "prediction");
  downloadRoute(app, services, "prediction", {
    ...{ file: "stack", name: "stack", type: "image/tiff", summary: "The predicted stack" },
    saved: ({ id, options: { format } }) => id + ENDINGS[format as "imagej" | "ome"],
  });
  downloadRoute(app, services, "prediction", {
    ...{ file: "spread", name: "spread", type: "image/tiff" },
    summary: "Of uncertainty=true: how far eight predictions differ, as a stack of float32",
    saved: ({ id, options: { format } }) => `${id}-spread${ENDINGS[format as "imagej" | "ome"]}`,
  });
}

const ENDINGS = { imagej: ".tif", ome: ".ome.tif" } as const;
/** What says which slices are made, and so goes with no `repair`. */
const TARGETS = ["factor", "dpm", "spacing", "positions", "uncertainty"] as const;

/** Refuses before it is queued what the plan refuses, and what would become too large. */
function check(
  { limits }: Services,
  variant: "zaugnet" | "zaugnet+",
  options: Omit<PredictionRequest, "inputs">,
  { info }: ReceivedStack,
): void {
  if (options.range && options.normalization) {
    throw new Problem(
      422,
      phrase`Give either ${option("normalization")} or ${option("range")}, not both.`,
    );
  }
  if (options.repair) return checkRepair(options.repair, options, variant, info);
  const plan = options.uncertainty ? planEnsemble : planPrediction;
  const { sizes: { t, c, z, y, x } } = plan(info, interpolatorOf(variant), options);
  const samples = t * c * z * y * x;
  if (samples <= limits.samples) return;
  throw new Problem(
    413,
    `The result would have ${samples} samples; this server makes ${limits.samples} at most.`,
  );
}

/** What is damaged is found by the job; what was named is refused here. */
function checkRepair(
  repair: RepairChoice,
  options: Omit<PredictionRequest, "inputs">,
  variant: "zaugnet" | "zaugnet+",
  info: ReceivedStack["info"],
): void {
  const other = TARGETS.find((name) => options[name] !== undefined);
  if (other) {
    const [one, two] = [option("repair"), option(other)];
    throw new Problem(422, phrase`Give either ${one} or ${two}, not both.`);
  }
  if (repair !== "auto") planRepair(info, variant === "zaugnet+", namedDamage(info, repair));
}
