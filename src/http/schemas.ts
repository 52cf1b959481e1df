import { z } from "@hono/zod-openapi";
import { STATUS_CODES } from "node:http";
import { InputError, kebabCase, VARIANTS } from "../core.ts";
import { JOB_STATES } from "../service/queue.ts";
import { sentence } from "./query_face.ts";
import * as kinds from "../options/kinds.ts";
import type { Kind } from "../options/kinds.ts";
import {
  type Offered,
  offeredBy,
  type Options,
  type OptionsOf,
  readOptions,
  requireNoConflict,
} from "../options/table.ts";

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
    }).openapi({ description: "Counted from 1." }),
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

/** The parameters of a query: a table's options, by the names of the flags. */
export function query(table: Options) {
  return z.strictObject(Object.fromEntries(
    offeredBy(table, "http").map((option) => {
      const schema = parameter(option.kind).openapi(described(option));
      return [kebabCase(option.name), option.required ? schema : schema.optional()];
    }),
  ));
}

/**
 * The options in a query that {@link query} has parsed. Throws an InputError where two of them
 * exclude each other.
 */
export function optionsIn<T extends Options>(
  table: T,
  query: Readonly<Record<string, unknown>>,
): OptionsOf<T, "http"> {
  const names = offeredBy(table, "http").map(({ name }) => name);
  const values = Object.fromEntries(names.map((name) => [name, query[kebabCase(name)]]));
  requireNoConflict(table, values);
  return readOptions(table, "http", values);
}

/** A text that is read as a kind of value. */
function parameter<T>(kind: Kind<T>) {
  return z.string().transform((text, context): T => {
    try {
      return kind.parse(text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      context.addIssue({ code: "custom", message: sentence(error.said) });
      return z.NEVER;
    }
  });
}

/** How OpenAPI describes an option. */
function described({ kind, help, more, usual, default: value }: Offered) {
  const sentences = [
    `${help[0].toUpperCase()}${help.slice(1)}.`,
    ...usual === undefined ? [] : [`By default ${usual}.`],
    // Links are those of the documents.
    ...more === undefined ? [] : [more.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")],
  ];
  const description = sentences.join(" ");
  const isPlain = value !== undefined && typeof value !== "object";
  return {
    ...kind.schema,
    enum: kind.schema.enum && [...kind.schema.enum],
    ...isPlain ? { default: value } : {},
    description,
  };
}

export const modelName = parameter(kinds.modelName)
  .openapi({ ...kinds.modelName.schema, enum: undefined });

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
  variant: z.enum(VARIANTS),
  parameters: z.int(),
  bytes: z.int(),
  sha256: z.string().openapi({ description: "Of the file, hexadecimal." }),
  notes: z.array(z.string()).readonly(),
  bundled: z.object({
    about: z.string(),
    licence: z.string(),
    trainedOn: z.array(z.string()).readonly(),
  }).optional().openapi({ description: "Of one that comes with the program." }),
}).openapi("Model");

export const acceptedJob = {
  ...json(JobSchema, "The job is in the queue; Location tells where to follow it."),
  headers: z.object({ Location: z.string() }),
};

export const IdempotencyHeader = z.object({
  "idempotency-key": z.string().min(1).max(255).optional()
    .openapi({ description: "The same key and request again is the same job." }),
});
