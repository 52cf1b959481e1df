import { createRoute, z } from "@hono/zod-openapi";
import { InputError, type SliceRequest } from "../core.ts";
import deno from "../../deno.json" with { type: "json" };
import type { App } from "./app_types.ts";
import {
  InferRequest,
  InferResponse,
  type InferTensor,
  readInference,
  writeInference,
} from "./inference_body.ts";
import { type AtOnce, limitedBody, limitsAtOnce, wholeBody } from "./limits.ts";
import { Problem } from "./problem.ts";
import { bytes, json, modelName, problems } from "./schemas.ts";
import type { Services } from "./services.ts";
import { requireModel } from "./slice_service.ts";
import { isReady } from "./status_routes.ts";

const HEADER_LENGTH = "Inference-Header-Content-Length";
const tags = ["inference"];
/** Of every model: a file that replaces another counts as a new model. */
const VERSION = "1";
const NameParams = z.object({ name: modelName });
const VersionParams = z.object({ name: modelName, version: z.string() });
/** Where a model is; clients that were told of its version may name it. */
const PLACES = [
  { path: "/v2/models/{name}", params: NameParams },
  { path: "/v2/models/{name}/versions/{version}", params: VersionParams },
] as const;
type Named = z.output<typeof NameParams> & Partial<z.output<typeof VersionParams>>;

const Tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const PLANES = { datatype: "FP32", shape: [-1, 1, -1, -1] };

/** The Open Inference Protocol, version 2: networks as functions of tensors in 0..1. */
export function inferenceRoutes(app: App, services: Services, atOnce: AtOnce): void {
  app.openAPIRegistry.register("InferRequest", InferRequest);
  app.openAPIRegistry.register("InferResponse", InferResponse);
  const ready = z.object({ ready: z.boolean() });
  const liveness = z.object({ live: z.boolean() });
  app.openapi(
    createRoute({
      method: "get",
      path: "/v2/health/live",
      tags,
      summary: "It runs",
      responses: { 200: json(liveness, "It runs."), ...problems() },
    }),
    (c) => c.json({ live: true }, 200),
  );
  app.openapi(
    createRoute({
      method: "get",
      path: "/v2/health/ready",
      tags,
      summary: "It can infer",
      responses: { 200: json(ready, "It can."), ...problems(503) },
    }),
    async (c) => c.json(await requireReady(services), 200),
  );
  app.openapi(
    createRoute({
      method: "get",
      path: "/v2",
      tags,
      summary: "The server",
      responses: {
        200: json(
          z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
          "Name, version, extensions.",
        ),
        ...problems(),
      },
    }),
    (c) => {
      const { version } = deno;
      return c.json({ name: "zaugnet", version, extensions: ["binary_tensor_data"] }, 200);
    },
  );
  for (const place of PLACES) modelRoutes(app, services, atOnce, place);
}

function modelRoutes(
  app: App,
  services: Services,
  atOnce: AtOnce,
  { path, params }: typeof PLACES[number],
): void {
  const ready = z.object({ ready: z.boolean() });
  app.openapi(
    createRoute({
      method: "get",
      path,
      tags,
      summary: "A model's tensors",
      request: { params },
      responses: {
        200: json(
          z.object({
            name: z.string(),
            platform: z.string(),
            versions: z.array(z.string()),
            inputs: z.array(Tensor),
            outputs: z.array(Tensor),
          }),
          "Sides are multiples of 16.",
        ),
        ...problems(404),
      },
    }),
    async (c) => {
      const { name, variant } = await requireNamed(services, c.req.valid("param"));
      const planes = ["before", "after"].map((plane) => ({ name: plane, ...PLANES }));
      const dpm = { name: "dpm", datatype: "FP32", shape: [-1] };
      return c.json({
        name,
        platform: "webgpu",
        versions: [VERSION],
        inputs: variant === "zaugnet+" ? [...planes, dpm] : planes,
        outputs: [{ name: "slice", ...PLANES }],
      }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: "get",
      path: `${path}/ready`,
      tags,
      summary: "It can infer with it",
      request: { params },
      responses: { 200: json(ready, "It can."), ...problems(404, 503) },
    }),
    async (c) => {
      await requireNamed(services, c.req.valid("param"));
      return c.json(await requireReady(services), 200);
    },
  );
  app.openapi(
    createRoute({
      method: "post",
      path: `${path}/infer`,
      tags,
      summary: "Infer slices",
      description: "Inputs before and after [n,1,h,w] and, for ZAugNet+, dpm [n]; all FP32, as " +
        `JSON or in binary after it (${HEADER_LENGTH}). Output: slice [n,1,h,w].`,
      request: {
        params,
        body: {
          required: true,
          content: { ...reference("InferRequest"), ...bytes("application/octet-stream") },
        },
      },
      responses: {
        200: {
          description: "The slices.",
          content: { ...reference("InferResponse"), ...bytes("application/octet-stream") },
        },
        ...problems(404, 408, 413, 422, 503),
      },
    }),
    (c) => atOnce.hold(c.req.raw, () => infer(c.req.raw, c.req.valid("param"), services)),
  );
}

async function infer(request: Request, named: Named, services: Services): Promise<Response> {
  const { compute, limits } = services;
  const model = await requireNamed(services, named);
  const { name } = model;
  const body = await wholeBody(limitedBody(request, limitsAtOnce(limits)));
  const inference = readInference(body, headerLength(request.headers.get(HEADER_LENGTH)));
  const isPlus = model.variant === "zaugnet+";
  const { requests, shape } = requestsOf(inference.inputs, isPlus, limits.slicePixels);
  const [, , height, width] = shape;
  const slices = await compute.interpolate(name, requests, height, width, request.signal);
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  slices.forEach((slice, i) => data.set(slice, i * slice.length));
  const answer = writeInference(name, inference, { shape, data });
  const headers: Record<string, string> = answer.headerLength === undefined
    ? { "Content-Type": "application/json" }
    : { "Content-Type": "application/octet-stream", [HEADER_LENGTH]: `${answer.headerLength}` };
  return new Response(answer.body, { headers });
}

/** JSON that is described here and read and written by the route: its binary form is not JSON. */
function reference(name: string): Record<string, { schema: { $ref: string } }> {
  return { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } };
}

async function requireNamed(services: Services, { name, version = VERSION }: Named) {
  const model = await requireModel(services, name, 404);
  if (version === VERSION) return model;
  throw new Problem(404, `There is no version ${version} of ${name}, but ${VERSION}.`);
}

async function requireReady(services: Services) {
  if (await isReady(services)) return { ready: true };
  throw new Problem(503, "No adapter is ready yet; try again.");
}

function headerLength(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Problem(400, `${HEADER_LENGTH} must be a number of bytes.`);
}

/** Pairs the planes of the inputs; throws an InputError where they are not of one shape. */
function requestsOf(
  inputs: ReadonlyMap<string, InferTensor>,
  isPlus: boolean,
  mostPixels: number,
): { requests: SliceRequest[]; shape: readonly number[] } {
  const [before, after, dpm] = ["before", "after", "dpm"].map((name) => inputs.get(name));
  if (!before || !after || isPlus && !dpm) {
    throw new InputError(`The model needs the inputs before, after${isPlus ? " and dpm" : ""}.`);
  }
  const { shape } = before;
  const [n, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 1 || height % 16 !== 0 || width % 16 !== 0) {
    throw new InputError(`before must be [n,1,h,w], sides multiples of 16, not [${shape}].`);
  }
  if (after.shape.join() !== shape.join()) {
    throw new InputError(`after must be [${shape}] as before, not [${after.shape}].`);
  }
  if (n * height * width > mostPixels) {
    throw new InputError(`[${shape}] has too many pixels; ${mostPixels} are allowed here.`);
  }
  const distances = isPlus ? dpm!.data : new Float32Array(n).fill(0.5);
  if (distances.length !== n || distances.some((value) => !(value > 0 && value < 1))) {
    throw new InputError(`dpm must be ${n} numbers between 0 and 1.`);
  }
  const area = height * width;
  const plane = ({ data }: InferTensor, i: number) => data.slice(i * area, (i + 1) * area);
  const requests = Array.from(distances, (distance, i) => ({
    before: plane(before, i),
    after: plane(after, i),
    dpm: distance,
  }));
  return { requests, shape };
}
