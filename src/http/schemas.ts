import { z } from "@hono/zod-openapi";
import { STATUS_CODES } from "node:http";
import { InputError, NORMALIZATIONS } from "../core.ts";
import { JOB_STATES } from "../service/queue.ts";
import { sentence } from "./query_face.ts";
import * as values from "../files/flag_values.ts";

/** Pieces that routes' descriptions are made of. */

const PartsSchema = z.array(z.union([
  z.string(),
  z.object({
    option: z.string().openapi({ example: "lambdaAdv" }),
    value: z.union([z.number(), z.string(), z.array(z.number()).readonly()]).optional(),
  }),
  z.object({
    place: z.object({
      slice: z.int().optional(),
      lastSlice: z.int().optional(),
      channel: z.int().optional(),
      frame: z.int().optional(),
      firstSlice: z.union([z.literal(0), z.literal(1)]).optional()
        .openapi({ description: "What the sentence calls the first slice; 1 by default." }),
    }).openapi({ description: "Indices from 0." }),
  }),
])).readonly().optional().openapi({
  description: "The sentence in parts, where it speaks of options or of a place in a stack: for " +
    "programs that name options in their own way.",
});

export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().openapi({ description: "What is wrong and what to do, in one sentence." }),
  detailParts: PartsSchema,
  error: z.string().optional().openapi({ description: "The detail again, of /v2 only." }),
}).openapi("Problem");

/** What every route may answer: bad request, no token, another site, too fast, our fault. */
const ALWAYS = [400, 401, 403, 429, 500];

/** The errors of a route; hidden from the types, since routes throw them. */
export function problems(...statuses: number[]): Record<never, never> {
  const content = { "application/problem+json": { schema: ProblemSchema } };
  return Object.fromEntries(
    [...ALWAYS, ...statuses].map((status) => [
      status,
      { description: STATUS_CODES[status], content },
    ]),
  );
}

export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } };
}

const BINARY = { type: "string", format: "binary" } as const;

/** Contents of bytes, which no schema looks into; routes read them as streams. */
export function bytes(...types: string[]) {
  return Object.fromEntries(types.map((type) => [type, { schema: BINARY }]));
}

/** A form of files; described, not parsed: the routes do that as the bytes come. */
export function form(fields: Readonly<Record<string, "one" | "several">>) {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, count]) => [
      name,
      count === "one" ? BINARY : { type: "array" as const, items: BINARY },
    ]),
  );
  const schema = { type: "object" as const, properties, required: Object.keys(fields) };
  return { "multipart/form-data": { schema } };
}

/** A query parameter that is read as the command line's flag of its name. */
export function flag<T>(
  parse: (text: string) => T,
  described: { type: "string" | "integer" | "number" | "boolean"; [key: string]: unknown },
) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      context.addIssue({ code: "custom", message: sentence(error.said) });
      return z.NEVER;
    }
  }).openapi(described);
}

export const count = (description: string) =>
  flag(values.wholeNumber, { type: "integer", minimum: 1, description });
export const numbers = (description: string) =>
  flag(values.numberList, { type: "string", example: "0.25,0.5", description });

export const windowFlags = {
  normalization: z.enum(NORMALIZATIONS).optional()
    .openapi({ description: "By default dtype for 8 bit, stack for all else." }),
  range: flag(values.range, { type: "string", example: "0,4095", description: "LO,HI instead." })
    .optional(),
};

export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const modelName = z.string().regex(MODEL_NAME, {
  message:
    'A model\'s name is up to 64 letters, digits, ".", "_" and "-", a letter or digit first.',
}).openapi({ example: "membranes.safetensors" });

export const JobSchema = z.object({
  id: z.string(),
  kind: z.enum(["prediction", "training"]),
  state: z.enum(JOB_STATES),
  cancelling: z.boolean().openapi({ description: "It was asked to stop and has not yet." }),
  position: z.int().optional().openapi({ description: "Of queued jobs: jobs before it." }),
  progress: z.object({
    done: z.number(),
    total: z.number(),
    secondsLeft: z.number().optional().openapi({ description: "Estimated." }),
  }).optional(),
  error: z.string().optional().openapi({ description: "Why it failed." }),
  errorParts: PartsSchema,
  result: z.record(z.string(), z.unknown()).optional(),
  options: z.record(z.string(), z.unknown()).openapi({ description: "As they were checked." }),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional()
    .openapi({ description: "When an ended job is removed with its files." }),
  links: z.record(z.string(), z.string()).openapi({ description: "What can be fetched of it." }),
}).openapi("Job");

export const ModelSchema = z.object({
  name: z.string(),
  variant: z.enum(["zaugnet", "zaugnet+"]),
  parameters: z.int(),
  bytes: z.int(),
  sha256: z.string().openapi({ description: "Of the file, hexadecimal." }),
  notes: z.array(z.string()).readonly(),
}).openapi("Model");

export const acceptedJob = {
  ...json(JobSchema, "The job is in the queue; Location tells where to follow it."),
  headers: z.object({ Location: z.string() }),
};

export const IdempotencyHeader = z.object({
  "idempotency-key": z.string().min(1).max(255).optional()
    .openapi({ description: "The same key and request again is the same job." }),
});
