import { createRoute } from "@hono/zod-openapi";
import { namedDamage, planEnsemble, planPrediction, planRepair, type Variant } from "../core.ts";
import { fittingModelFor } from "../files/fitting_model.ts";
import { readingOf } from "../options/stack_input.ts";
import { PREDICT, type PredictionWish } from "../options/predict.ts";
import { type PredictionRequest, readPredictionRequest } from "../service/requests.ts";
import type { ReceivedStack } from "../service/job_files.ts";
import type { App } from "./app_types.ts";
import { downloadRoute, jobRoutes } from "./job_routes.ts";
import { viewOf } from "./job_view.ts";
import { type JobIntake, STACK_TYPES } from "./new_job.ts";
import { Problem } from "./problem.ts";
import * as schemas from "./schemas.ts";
import type { Services } from "./services.ts";
import { interpolatorOf, requireModel } from "./slice_service.ts";

const Query = schemas.query(PREDICT);

/** Predictions: a stack goes in, a stack comes out. */
export function predictionRoutes(app: App, services: Services, intake: JobIntake): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/predictions",
      tags: ["predictions"],
      summary: "Predict the missing slices of a stack",
      description: "Options are named as the flags of `zaugnet predict`; with sequence, the " +
        "form's files are slices of one stack.",
      request: {
        query: Query,
        headers: schemas.IdempotencyHeader,
        body: {
          required: true,
          content: { ...schemas.bytes(...STACK_TYPES), ...schemas.form({ stack: "several" }) },
        },
      },
      responses: { 202: schemas.acceptedJob, ...schemas.problems(408, 413, 415, 422, 507) },
    }),
    async (c) => {
      const asked = schemas.optionsIn(PREDICT, c.req.valid("query"));
      const named = asked.model === undefined
        ? undefined
        : await requireModel(services, asked.model);
      const job = await intake.take(c, {
        kind: "prediction",
        model: named,
        mostStacks: 1,
        reading: {
          reading: readingOf(asked),
          sequence: asked.sequence,
          withMissing: asked.repair !== undefined,
        },
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        fitting: ([{ info }]) => requireModel(services, fittingModelFor(info, asked).name),
        options(stacks, model = named): PredictionRequest {
          if (!model) throw new Error("No model was chosen");
          // What is not wanted is as if it had not been named.
          const options = {
            ...asked,
            uncertainty: asked.uncertainty || undefined,
            sequence: asked.sequence || undefined,
          };
          check(services, model.variant, options, stacks[0]);
          const inputs = stacks.map(({ bytes, sha256, parts }) => ({ bytes, sha256, parts }));
          return { ...options, model: model.name, modelSha256: model.sha256, inputs };
        },
      });
      return c.json(viewOf(job, services), 202);
    },
  );
  jobRoutes(app, services, "prediction");
  downloadRoute(app, services, "prediction", {
    file: "stack",
    name: "stack",
    type: "image/tiff",
    summary: "The predicted stack",
    saved: ({ id, options }) => id + ENDINGS[readPredictionRequest(options).format],
  });
  downloadRoute(app, services, "prediction", {
    file: "spread",
    name: "spread",
    type: "image/tiff",
    summary: "Of uncertainty=true: how far eight predictions differ, as a stack of float32",
    saved: ({ id, options }) => `${id}-spread${ENDINGS[readPredictionRequest(options).format]}`,
  });
}

const ENDINGS = { imagej: ".tif", ome: ".ome.tif" } as const;

/** Refuses before it is queued what the plan refuses, and what would become too large. */
function check(
  { limits }: Services,
  variant: Variant,
  options: PredictionWish,
  { info }: ReceivedStack,
): void {
  const { repair, uncertainty } = options;
  // What is damaged is found by the job; what was named is refused here.
  if (repair === "auto") return;
  if (repair) {
    planRepair(info, variant === "zaugnet+", namedDamage(info, repair));
    return;
  }
  const plan = uncertainty ? planEnsemble : planPrediction;
  const { sizes: { t, c, z, y, x } } = plan(info, interpolatorOf(variant), options);
  const samples = t * c * z * y * x;
  if (samples <= limits.samples) return;
  throw new Problem(
    413,
    `The result would have ${samples} samples; this server makes ${limits.samples} at most.`,
  );
}
