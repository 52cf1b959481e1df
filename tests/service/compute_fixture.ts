import { settleDriver } from "../../src/files/choose_adapter.ts";
import { Compute, type ComputeOptions } from "../../src/service/compute.ts";
import type { Job, JobState } from "../../src/service/queue.ts";
import { NO_CACHE, withCache } from "../support/cache.ts";
import { formulaModel } from "../support/formula_model.ts";
import { type StackWish, writeStack } from "../support/stacks.ts";
import { bodyOf, type OpenData, withData } from "./data.ts";

/** A service's inside: data, queue and compute, without HTTP. */
export interface ComputeFixture extends OpenData {
  /** Starts to compute; it is shut down when the test is over. */
  start(options?: Partial<ComputeOptions>): Promise<Compute>;
  /** What was said to the administrator. */
  readonly said: string[];
}

const MODEL = formulaModel("zaugnet");
const SMALL: StackWish = { sizes: { z: 3, y: 64, x: 64 } };

/** Gives a test an inside of its own, with the model "m", and a cache folder if it has one. */
export async function withFixture(
  test: (fixture: ComputeFixture) => Promise<void>,
  cache = NO_CACHE,
): Promise<void> {
  settleDriver();
  await withCache(cache, () =>
    withData(async (open) => {
      await open.models.put("m", bodyOf(MODEL, 1 << 20));
      const started: Compute[] = [];
      const said: string[] = [];
      const start = async (options: Partial<ComputeOptions> = {}) => {
        const { data, queue } = open;
        const say = (line: string) => void said.push(line);
        const compute = await Compute.start({ data, queue, say, ...options });
        started.push(compute);
        return compute;
      };
      try {
        await test({ ...open, start, said });
      } finally {
        for (const compute of started) await compute.shutdown(0);
      }
    }));
}

/** Queues the prediction of a stack of waves, 3 x 64 x 64 where nothing else is wished. */
export async function queuePrediction(
  { files, queue }: OpenData,
  wish: StackWish = SMALL,
  options: object = {},
): Promise<string> {
  return await queueJob({ files, queue }, "prediction", wish, "m", {
    model: "m",
    modelSha256: "",
    factor: 2,
    format: "imagej",
    inputs: [],
    ...options,
  });
}

/** Queues a job on one stack of waves. */
export async function queueJob(
  { files, queue }: Pick<OpenData, "files" | "queue">,
  kind: Job["kind"],
  wish: StackWish,
  model: string | undefined,
  options: Record<string, unknown>,
): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".tif" });
  try {
    await writeStack(path, wish);
    const id = await files.create(model);
    const { bytes, sha256 } = await files.receive(id, bodyOf(await Deno.readFile(path)));
    await queue.add({ id, kind, options: { ...options, inputs: [{ bytes, sha256 }] } });
    return id;
  } finally {
    await Deno.remove(path);
  }
}

/** Waits until a job is as wished; throws where it ends otherwise. */
export async function until(
  { queue }: Pick<OpenData, "queue">,
  id: string,
  wished: JobState | ((job: Job) => boolean),
): Promise<Job> {
  const isWished = typeof wished === "string" ? (job: Job) => job.state === wished : wished;
  while (true) {
    const job = (await queue.get(id))!;
    if (isWished(job)) return job;
    if (job.finishedAt) throw new Error(`The job ended as ${job.state}: ${job.error}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
