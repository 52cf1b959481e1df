import { createRoute } from "@hono/zod-openapi";
import {
  normalizerFor,
  planPrediction,
  predictSlices,
  type Slice,
  type StackReader,
} from "../core.ts";
import { INTERPOLATE } from "../options/predict.ts";
import type { OptionsOf } from "../options/table.ts";
import type { App } from "./app_types.ts";
import { type AtOnce, type BodyLimits, wholeBody } from "./limits.ts";
import { Problem } from "./problem.ts";
import * as schemas from "./schemas.ts";
import type { Services } from "./services.ts";
import { interpolatorOf, requireModel } from "./slice_service.ts";
import { requirePixels, type SliceFile, writeSliceFile } from "../service/slice_file.ts";
import { uploads } from "./uploads.ts";

const RAW = "application/octet-stream";
const TYPES = ["image/png", "image/tiff", RAW];

const Query = schemas.query(INTERPOLATE);

/** One slice between two others, while the client waits. */
export function interpolateRoute(app: App, services: Services, atOnce: AtOnce): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/interpolate",
      tags: ["slices"],
      summary: "The slice between two others, at once",
      description: "Two files `before` and `after` (grey PNG or TIFF) in a form, or both as raw " +
        "little-endian float32, one after the other, with height and width.",
      request: {
        query: Query,
        body: {
          required: true,
          content: { ...schemas.form({ before: "one", after: "one" }), ...schemas.bytes(RAW) },
        },
      },
      responses: {
        200: {
          description: "The slice, in the form of the two.",
          content: schemas.bytes(...TYPES),
        },
        ...schemas.problems(408, 413, 415, 422, 503),
      },
    }),
    (c) =>
      atOnce.hold((body) => {
        const asked = schemas.optionsIn(INTERPOLATE, c.req.valid("query"));
        return interpolate(c.req.raw, body, asked, services);
      }),
  );
}

async function interpolate(
  request: Request,
  body: BodyLimits,
  { model: name, dpm = 0.5, normalization, range, ...sides }: OptionsOf<typeof INTERPOLATE, "http">,
  services: Services,
): Promise<Response> {
  const { compute, limits } = services;
  const model = await requireModel(services, name);
  const [before, after] = await receive(request, body, services, sides);
  const interpolator = interpolatorOf(
    model.variant,
    limits.slicePixels,
    (requests, height, width) => compute.interpolate(name, requests, height, width, request.signal),
  );
  const reader = readerOf(before, after);
  const plan = planPrediction(reader.info, interpolator, { dpm: [dpm] });
  const normalizer = await normalizerFor(reader, { normalization, range });
  for await (const { z, slice } of predictSlices(reader, interpolator, plan, { normalizer })) {
    if (z !== 1) continue;
    const file = await writeSliceFile({ ...before, slice });
    return new Response(file, { headers: { "Content-Type": before.type } });
  }
  throw new Error("No slice between two was predicted");
}

type Sides = OptionsOf<Pick<typeof INTERPOLATE, "height" | "width">, "http">;

async function receive(
  request: Request,
  bodyLimits: BodyLimits,
  { limits, parsing }: Services,
  sides: Sides,
): Promise<SliceFile[]> {
  const found = new Map<string, SliceFile>();
  for await (const { field, body } of uploads(request, [RAW], bodyLimits, 2)) {
    const bytes = await wholeBody(body);
    if (field === "") return rawPair(bytes, sides, limits.slicePixels);
    const file = { bytes, name: field, mostPixels: limits.slicePixels };
    found.set(field, await parsing.call("slice", file, [bytes.buffer]));
  }
  const [before, after] = [found.get("before"), found.get("after")];
  if (!before || !after) throw new Problem(422, "The form needs two files: before and after.");
  for (const key of ["type", "sampleType", "height", "width"] as const) {
    if (before[key] === after[key]) continue;
    throw new Problem(422, `before and after differ: ${before[key]} and ${after[key]}.`);
  }
  return [before, after];
}

function rawPair(
  bytes: Uint8Array<ArrayBuffer>,
  { height, width }: Sides,
  mostPixels: number,
): SliceFile[] {
  if (height === undefined || width === undefined) {
    throw new Problem(422, "Raw slices need height and width in the query.");
  }
  requirePixels(height, width, "A slice", mostPixels);
  const values = height * width;
  if (bytes.length !== 8 * values) {
    throw new Problem(
      422,
      `Two float32 slices of ${width} x ${height} are ${8 * values} bytes, not ${bytes.length}.`,
    );
  }
  const all = new Float32Array(bytes.buffer, 0, 2 * values);
  const kind = { type: RAW, sampleType: "float32", height, width } as const;
  return [all.subarray(0, values), all.subarray(values)].map((slice) => ({ ...kind, slice }));
}

/** Two slices as a stack. */
function readerOf(before: SliceFile, after: SliceFile): StackReader {
  const { sampleType, height, width } = before;
  const slices: readonly Slice[] = [before.slice, after.slice];
  return {
    name: "the slices",
    info: {
      sizes: { t: 1, c: 1, z: 2, y: height, x: width },
      sampleType,
      storedType: sampleType,
      voxelSize: { unit: "" },
      format: "",
      notes: [],
    },
    readSlice: (_t, _c, z) => Promise.resolve(slices[z]),
  };
}
