import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Job, JobKind } from "../service/queue.ts";
import type { ReceivedStack } from "../service/job_files.ts";
import type { StoredModel } from "../service/model_store.ts";
import type { AppContext } from "./app_types.ts";
import { PATHS } from "./job_view.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";
import { uploads } from "./uploads.ts";

export const STACK_TYPES = ["image/tiff", "application/octet-stream"];

/** What a route knows of the job that it wants made. */
export interface WantedJob {
  readonly kind: JobKind;
  readonly model?: StoredModel;
  readonly idempotencyKey?: string;
  /** Stacks that it takes, at most. */
  readonly mostStacks: number;
  /** Checks the stacks and tells the job's options. */
  options(stacks: readonly ReceivedStack[]): object;
}

/** Receives uploads and puts jobs into the queue. */
export class JobIntake {
  readonly #services: Services;
  /** Uploads under way, which will want a place in the queue, too. */
  #receiving = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Answers 202 with the new job, or with the one that the same key and request made before. */
  async take(c: AppContext, wanted: WantedJob): Promise<Job> {
    await this.#takePlace();
    try {
      const job = await this.#receive(c.req.raw, wanted);
      c.header("Location", `${PATHS[job.kind]}/${job.id}`);
      return job;
    } finally {
      this.#receiving--;
    }
  }

  async #takePlace(): Promise<void> {
    const { queue, limits } = this.#services;
    const counts = await queue.counts();
    const queued = counts.filter(({ state }) => state === "queued");
    const waiting = queued.reduce((sum, { count }) => sum + count, this.#receiving);
    if (waiting >= limits.queueLength) {
      throw new Problem(429, `The queue is full: ${waiting} waiting; try again later.`, {
        "Retry-After": "30",
      });
    }
    this.#receiving++;
  }

  async #receive(request: Request, wanted: WantedJob): Promise<Job> {
    const { files, queue } = this.#services;
    const id = await files.create(wanted.model?.name);
    let kept = false;
    try {
      const options = plain(wanted.options(await this.#stacks(request, id, wanted.mostStacks)));
      const idempotencyKey = wanted.idempotencyKey && keyOf(wanted.idempotencyKey);
      const added = await queue.add({ id, kind: wanted.kind, options, idempotencyKey });
      kept = added.isNew;
      if (kept || added.job.kind === wanted.kind && isDeepStrictEqual(added.job.options, options)) {
        return added.job;
      }
      throw new Problem(422, "This Idempotency-Key was used for another request; take a new one.");
    } finally {
      if (!kept) await files.discard(id);
    }
  }

  async #stacks(request: Request, id: string, most: number): Promise<ReceivedStack[]> {
    const { files, limits } = this.#services;
    const stacks: ReceivedStack[] = [];
    for await (const { body } of uploads(request, STACK_TYPES, limits)) {
      if (stacks.length === most) {
        throw new Problem(422, `Send ${most === 1 ? "one stack" : `at most ${most} stacks`}.`);
      }
      stacks.push(await files.receive(id, body));
    }
    if (stacks.length > 0) return stacks;
    throw new Problem(422, "There is no stack in the form; add a TIFF as a file.");
  }
}

/** Keys come from clients, so that they are kept in one length and alphabet. */
function keyOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** As the queue keeps them: what JSON leaves of an object. */
function plain(options: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(options));
}
