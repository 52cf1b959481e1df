import type { z } from "@hono/zod-openapi";
import assert from "assert";
import { join } from "node:path";
import { createApp } from "../../src/http/app.ts";
import type { App } from "../../src/http/app_types.ts";
import type { JobSchema } from "../../src/http/schemas.ts";
import type { Limits, Services } from "../../src/http/services.ts";
import { ModelStore, type StoredModel } from "../../src/service/model_store.ts";
import type { Job } from "../../src/service/queue.ts";
import { LinearInterpolator } from "../prediction/stand_ins.ts";
import { type OpenData, withData } from "../service/data.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { type StackWish, writeStack } from "../support/stacks.ts";
import { type OpenApi, requireDocumented } from "./document.ts";

const LIMITS: Limits = {
  bodyBytes: 1e6,
  samples: 1e6,
  slicePixels: 128 * 128,
  queueLength: 10,
  requestsPerSecond: 1e6,
  requestBurst: 1e6,
  uploadIdleSeconds: 5,
  keepSeconds: 3600,
  trainingMinutes: 60,
};

/** What of {@link Services} a test wants otherwise. */
export type ServicesWish = Partial<Omit<Services, "limits">> & {
  readonly limits?: Partial<Limits>;
  /** Samples that the store takes in a stack. */
  readonly samples?: number;
};

/** A service over a data folder of its own, with a linear stand-in for the networks. */
export interface Service extends OpenData {
  readonly app: App;
  readonly compute: StandInCompute;
  /** Asks the service and holds the answer against its own OpenAPI document. */
  ask(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** Asks for JSON with the status that is expected. */
  json<T = JobAnswer>(
    status: number,
    method: string,
    path: string,
    init?: RequestInit,
  ): Promise<T>;
  /** Does a job as a worker would; `bytes` become its stack. */
  finish(id: string, bytes?: Uint8Array): Promise<void>;
}

/** A job, or a problem's sentence. */
export type JobAnswer = z.output<typeof JobSchema> & { readonly detail: string };

/** Gives a test a service; its models are `plain`, a ZAugNet, and `plus`, a ZAugNet+. */
export async function withService(
  test: (service: Service) => Promise<void>,
  { limits, samples, ...wish }: ServicesWish = {},
): Promise<void> {
  await withData(async (data) => {
    const compute = new StandInCompute();
    const services: Services = {
      queue: data.queue,
      files: data.files,
      parsing: data.parsing,
      compute,
      hosts: [],
      now: Date.now,
      ...wish,
      models: await StandInModels.of(data),
      limits: { ...LIMITS, ...limits },
    };
    const app = await createApp(services);
    const ask = asker(app);
    await test({
      ...data,
      app,
      compute,
      ask,
      async json(status, method, path, init) {
        const response = await ask(method, path, init);
        const text = await response.text();
        assert.equal(response.status, status, text);
        return JSON.parse(text);
      },
      async finish(id, bytes) {
        const job = await data.queue.lease("worker", 60) as Job;
        assert.equal(job.id, id);
        if (bytes) await Deno.writeFile(data.data.job(id).output("imagej"), bytes);
        assert.ok(await data.queue.finish(id, "worker", { state: "succeeded", result: {} }));
      },
    });
  }, samples);
}

const FACTS = { parameters: 1, bytes: 1, notes: [] };
const STAND_INS: readonly StoredModel[] = [
  { name: "plain", variant: "zaugnet", sha256: "0a", ...FACTS },
  { name: "plus", variant: "zaugnet+", sha256: "0b", ...FACTS },
];

/** The store, with two models without the 40 MB of a real one; all others are real. */
class StandInModels extends ModelStore {
  static async of({ data, parsing }: OpenData): Promise<ModelStore> {
    for (const { name } of STAND_INS) await Deno.writeTextFile(data.model(name)!, name);
    return new StandInModels(data, parsing);
  }

  override async get(name: string): Promise<StoredModel | undefined> {
    return STAND_INS.find((model) => model.name === name) ?? await super.get(name);
  }
}

type ServiceCompute = Services["compute"];

/** Blends linearly; tells what it was asked. */
export class StandInCompute implements ServiceCompute {
  isReady = true;
  readonly sizes: string[] = [];
  readonly #network = new LinearInterpolator();

  ready(): Promise<boolean> {
    return Promise.resolve(this.isReady);
  }

  adapters() {
    const facts = { name: "stand-in", vendor: "tests", architecture: "none" };
    return Promise.resolve([{ index: 0, type: "software" as const, ...facts }]);
  }

  interpolate(...[model, requests, height, width]: Parameters<ServiceCompute["interpolate"]>) {
    this.sizes.push(`${model} ${requests.length}x${height}x${width}`);
    return this.#network.interpolate(requests, height, width);
  }

  stats() {
    const histogram = { bounds: [1, 10], counts: [1, 2], count: 3, sum: 25.5 };
    const times = { queueSeconds: histogram, runSeconds: histogram };
    return Promise.resolve({
      slices: 7,
      gpuBytes: 100,
      gpuPeakBytes: 200,
      times: [{ kind: "prediction" as const, outcome: "succeeded" as const, ...times }],
    });
  }
}

/** The bytes of a small stack, 3 slices of 48 x 32 where nothing else is said. */
export async function stackBytes(wish?: StackWish): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array();
  await inTemporaryFolder(async (folder) => {
    await writeStack(join(folder, "stack.tif"), wish);
    bytes = await Deno.readFile(join(folder, "stack.tif"));
  });
  return bytes;
}

/** A body that is a TIFF. */
export function tiff(body: BodyInit, headers: Record<string, string> = {}): RequestInit {
  return { body, headers: { "Content-Type": "image/tiff", ...headers } };
}

function asker(app: App): Service["ask"] {
  const config = { openapi: "3.1.0", info: { title: "", version: "" } };
  const document: OpenApi = JSON.parse(JSON.stringify(app.getOpenAPI31Document(config)));
  return async (method, path, init = {}) => {
    const response = await app.request(`http://localhost${path}`, { method, ...init });
    await requireDocumented(document, method, path, response.clone());
    return response;
  };
}
