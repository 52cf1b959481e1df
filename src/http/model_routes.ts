import { createRoute, z } from "@hono/zod-openapi";
import { bundledModel } from "../files/bundled_models.ts";
import { bundledModels } from "../service/model_store.ts";
import type { App } from "./app_types.ts";
import { Problem } from "./problem.ts";
import { bytes, form, json, modelName, ModelSchema, problems } from "./schemas.ts";
import type { Services } from "./services.ts";
import { sendFile } from "./send_file.ts";
import { uploads } from "./uploads.ts";

const TYPE = "application/octet-stream";

/** The models that jobs can name. */
export function modelRoutes(app: App, { models, limits }: Services): void {
  const tags = ["models"];
  app.openapi(
    createRoute({
      method: "get",
      path: "/models",
      tags,
      summary: "The models that are there",
      responses: {
        200: json(
          z.array(ModelSchema),
          "Those that come with the program, then the others by name.",
        ),
        ...problems(),
      },
    }),
    async (c) => c.json([...bundledModels(), ...await models.list()], 200),
  );

  const one = { path: "/models/{name}", tags, request: { params: z.object({ name: modelName }) } };
  app.openapi(
    createRoute({
      ...one,
      method: "get",
      summary: "A model's file, as safetensors",
      responses: {
        200: { description: "The file.", content: bytes(TYPE) },
        206: { description: "The part that was asked for.", content: bytes(TYPE) },
        304: { description: "It is as the client has it." },
        ...problems(404, 416),
      },
    }),
    async (c) => {
      const { name } = c.req.valid("param");
      const file = await models.open(name);
      if (!file) throw noModel(name);
      return sendFile(c, file, { "Content-Type": TYPE });
    },
  );

  app.openapi(
    createRoute({
      ...one,
      method: "put",
      summary: "Keep a model under a name",
      description:
        "The body is a checkpoint, .safetensors or .pt; it is checked before it is kept.",
      request: {
        ...one.request,
        body: { required: true, content: { ...bytes(TYPE), ...form({ model: "one" }) } },
      },
      responses: {
        201: json(ModelSchema, "It is there."),
        ...problems(408, 409, 413, 422, 507),
      },
    }),
    async (c) => {
      const { name } = c.req.valid("param");
      refuseBundled(name);
      // Browsers have their own types for .pt.
      for await (const { body } of uploads(c.req.raw, [], limits)) {
        return c.json(await models.put(name, body), 201);
      }
      throw new Problem(422, "There is no model in the form; add the checkpoint as a file.");
    },
  );

  app.openapi(
    createRoute({
      ...one,
      method: "delete",
      summary: "Remove a model",
      description: "Jobs that were taken on before keep it.",
      responses: { 204: { description: "It is gone." }, ...problems(404, 409) },
    }),
    async (c) => {
      const { name } = c.req.valid("param");
      refuseBundled(name);
      if (!await models.remove(name)) throw noModel(name);
      return c.body(null, 204);
    },
  );
}

function refuseBundled(name: string): void {
  if (!bundledModel(name)) return;
  throw new Problem(409, `${name} comes with the program and stays: take another name.`);
}

function noModel(name: string): Problem {
  return new Problem(404, `There is no model ${name}; GET /models lists those that are there.`);
}
