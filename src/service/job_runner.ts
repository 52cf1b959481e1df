import { WorkerLostError } from "../workers/worker_calls.ts";
import type { ComputeLane } from "./compute_lane.ts";
import type { WorkCall } from "./compute_worker.ts";
import type { DataFolder } from "./data_folder.ts";
import type { JobTimer } from "./job_times.ts";
import type { Job, JobOutcome, JobQueue } from "./queue.ts";

/** Long enough for a pause of a file server. */
const LEASE_SECONDS = 30;
const HEARTBEAT_MS = 1000;
/** How often an idle runner looks for a job. */
const POLL_MS = 100;
/** After a fault of the machine, so that the log stays readable. */
const PAUSE_MS = 2000;
/** A batch that takes this long will not end: the driver hangs. */
const STALL_SECONDS = 30 * 60;

/** What a runner works with. */
export interface RunnerOptions {
  /** The same after a restart, so that a job that was under way continues at once. */
  readonly name: string;
  readonly queue: JobQueue;
  readonly data: DataFolder;
  readonly lane: ComputeLane;
  readonly timer: JobTimer;
  /** For how long a job is its worker's without a sign of life; 30 where not given. */
  readonly leaseSeconds?: number;
  /** A worker that is silent for this long is given up; half an hour where not given. */
  readonly stallSeconds?: number;
  say(line: string): void;
}

/**
 * Takes jobs from the queue, one at a time, and has a worker do them. The worker's thread is blocked
 * for as long as a batch takes, so the lease is renewed here.
 */
export class JobRunner {
  readonly #options: RunnerOptions;
  #stopping = false;
  #idle = Promise.withResolvers<void>();
  /** Why the job under way is to end early. */
  #ending?: "cancel" | "lost" | "release";
  /** Ends the job under way, where there is one. */
  #end?: AbortController;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Works until it is stopped. */
  async run(): Promise<void> {
    const { queue, data, lane, name, leaseSeconds = LEASE_SECONDS, say } = this.#options;
    while (!this.#stopping) {
      try {
        await lane.ready();
        await data.check();
        const job = await queue.lease(name, leaseSeconds);
        if (job) await this.#work(job);
        else await this.#pause(POLL_MS);
      } catch (error) {
        if (!(error instanceof WorkerLostError)) say(`${name}: ${(error as Error).stack}`);
        await this.#pause(PAUSE_MS);
      }
    }
  }

  /** Takes no more jobs. */
  stop(): void {
    this.#stopping = true;
    this.#idle.resolve();
  }

  /** Has the job under way put back, after the batch that is computed now. */
  release(): void {
    this.#endJob("release");
  }

  async #work(job: Job): Promise<void> {
    const { queue, data, lane, name, timer } = this.#options;
    this.#ending = undefined;
    this.#end = new AbortController();
    const { signal } = this.#end;
    const since = Date.now();
    const folder = data.job(job.id);
    const { kind, options, attempts: attempt } = job;
    const call: WorkCall = { kind, folder: folder.path, attempt, options };
    const over = new AbortController();
    try {
      const outcome = await Promise.race([
        lane.work(call, signal).catch((error) => this.#fault(error, signal)),
        this.#keepLease(job.id, folder.path, over.signal),
      ]);
      if (this.#ending === "lost") return;
      if (outcome.state === "cancelled" && this.#ending === "release") {
        return await queue.release(job.id, name);
      }
      if (await this.#finish(job.id, outcome)) {
        timer.ended(job, outcome.state, since, Date.now());
      }
    } finally {
      this.#end = undefined;
      over.abort();
    }
  }

  /** Ends the job; where the queue can't be written now, tries again: the work is done already. */
  async #finish(id: string, outcome: JobOutcome): Promise<boolean> {
    const { queue, name, say } = this.#options;
    while (true) {
      try {
        return await queue.finish(id, name, outcome);
      } catch (error) {
        if (this.#stopping || this.#ending === "lost") throw error;
        say(`A job that is done can't be noted in the queue yet: ${(error as Error).message}`);
        await this.#pause(PAUSE_MS);
      }
    }
  }

  /** A fault of ours fails the job; the loss of a worker or device lets it be tried again. */
  #fault(error: unknown, { aborted }: AbortSignal): JobOutcome {
    if (error instanceof WorkerLostError) throw error;
    if (aborted) return { state: "cancelled" };
    this.#options.say(`A job failed: ${(error as Error).stack}`);
    return { state: "failed", error: "The service failed at this job; its log says why." };
  }

  /** Renews the lease until the job is over. Throws where the worker hangs. */
  async #keepLease(id: string, folder: string, over: AbortSignal): Promise<never> {
    const { queue, lane, name, leaseSeconds = LEASE_SECONDS, say } = this.#options;
    const { stallSeconds = STALL_SECONDS } = this.#options;
    let heard = Date.now();
    let asking = false;
    let renewed = Date.now();
    let renewing = false;
    while (true) {
      await new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS));
      // The race is over, and nobody waits for an answer.
      if (over.aborted) return await new Promise<never>(() => {});
      if (!asking) {
        asking = true;
        lane.askPulse().then(() => heard = Date.now(), () => {}).finally(() => asking = false);
      }
      if (Date.now() - heard > 1000 * stallSeconds) {
        await lane.lose(`it has not answered for ${stallSeconds} s`);
        throw new WorkerLostError("the worker hangs");
      }
      // A queue that can't be reached now is no reason to throw the work away, until another worker
      // may have it.
      const now = Date.now();
      if (now - renewed > 1000 * leaseSeconds && this.#ending !== "lost") this.#endJob("lost");
      if (renewing) continue;
      renewing = true;
      // The last pulse may be of the job before.
      const { folder: of, progress } = lane.pulse;
      queue.heartbeat(id, name, leaseSeconds, of === folder ? progress : undefined)
        .then((beat) => {
          renewed = now;
          if (beat !== "continue" && !this.#ending && !over.aborted) this.#endJob(beat);
        }, (error) => say(`The queue can't be reached: ${error.message}`))
        .finally(() => renewing = false);
    }
  }

  #endJob(why: "cancel" | "lost" | "release"): void {
    if (!this.#end) return;
    this.#ending = why;
    this.#end.abort();
  }

  #pause(milliseconds: number): Promise<void> {
    const time = new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    return Promise.race([time, this.#idle.promise]);
  }
}
