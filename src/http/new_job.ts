import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { option, phrase } from "../core.ts";
import type { Job, JobKind } from "../service/queue.ts";
import type { InputReading } from "../service/input_check.ts";
import type { ReceivedPart, ReceivedStack } from "../service/job_files.ts";
import type { StoredModel } from "../service/model_store.ts";
import type { AppContext } from "./app_types.ts";
import { PATHS } from "./job_view.ts";
import { Problem } from "./problem.ts";
import type { Services } from "./services.ts";
import { uploads } from "./uploads.ts";

export const STACK_TYPES = ["image/tiff", "application/octet-stream"];

/** Files of a sequence. */
const MOST_PARTS = 10_000;

/** What a route knows of the job that it wants made. */
export interface WantedJob {
  readonly kind: JobKind;
  /** The model that is named. */
  readonly model?: StoredModel;
  readonly idempotencyKey?: string;
  /** Stacks that it takes, at most. */
  readonly mostStacks: number;
  /** The model, where none is named and the job needs one. */
  fitting?(stacks: readonly ReceivedStack[]): Promise<StoredModel>;
  /** How they are read. */
  readonly reading: InputReading;
  /** Checks the stacks and tells the job's options. */
  options(stacks: readonly ReceivedStack[], model?: StoredModel): object;
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
      const stacks = await this.#stacks(request, id, wanted);
      const fitting = wanted.model ? undefined : await wanted.fitting?.(stacks);
      if (fitting) await files.keepModel(id, fitting.name);
      const options = plain(wanted.options(stacks, wanted.model ?? fitting));
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

  async #stacks(
    request: Request,
    id: string,
    { mostStacks: most, reading }: WantedJob,
  ): Promise<ReceivedStack[]> {
    const { files, limits } = this.#services;
    if (reading.sequence) {
      const parts: ReceivedPart[] = [];
      for await (const { name, body } of uploads(request, STACK_TYPES, limits)) {
        if (parts.length === MOST_PARTS) {
          throw new Problem(422, `Send at most ${MOST_PARTS} files of a sequence.`);
        }
        parts.push(await files.receivePart(id, name, body));
      }
      if (parts.length > 0) return [await files.sequenceOf(id, parts, reading)];
    }
    const stacks: ReceivedStack[] = [];
    for await (const { body } of uploads(request, STACK_TYPES, limits)) {
      if (stacks.length === most) {
        const several = phrase`, or several files as one: ${option("sequence", "true")}`;
        const wanted = most === 1 ? phrase`one stack${several}` : `at most ${most} stacks`;
        throw new Problem(422, phrase`Send ${wanted}.`);
      }
      stacks.push(await files.receive(id, body, reading));
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
