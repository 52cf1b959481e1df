import { isMessage, type Message } from "../core.ts";

/** What a job makes. */
export type JobKind = "prediction" | "training";

export const JOB_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export type JobState = typeof JOB_STATES[number];

/** A job that killed its worker so often is not tried again. */
export const MOST_ATTEMPTS = 3;

/** What is told of such a job. */
export const GIVEN_UP =
  `The service stopped ${MOST_ATTEMPTS} times while it worked on this job, so it is not tried ` +
  "again; ask whoever runs the service for its log.";

/** How far a running job is. */
export interface JobProgress {
  readonly done: number;
  readonly total: number;
  /** Estimated; absent where nothing can be said yet. */
  readonly secondsLeft?: number;
}

/** What is asked for. */
export interface NewJob {
  /** Also the name of the job's folder, which holds its inputs: made by the service, no client's. */
  readonly id: string;
  readonly kind: JobKind;
  /** The request's options, as they were checked. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The same key, owner and request again is the same job. */
  readonly idempotencyKey?: string;
}

/** A job as the queue knows it. Times are milliseconds since 1970. */
export interface Job extends NewJob {
  readonly state: JobState;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Jobs before it, 0 for the next; of queued jobs only. */
  readonly position?: number;
  /** How often a worker took it; more than once where a worker died. */
  readonly attempts: number;
  readonly progress?: JobProgress;
  /** True where it was asked to stop and has not yet. */
  readonly cancelling: boolean;
  /** One sentence for the user, of failed jobs. */
  readonly error?: Message;
  /** What came of a job that succeeded: facts for the client. */
  readonly result?: Readonly<Record<string, unknown>>;
}

/** How a job ended. */
export type JobOutcome =
  | { readonly state: "succeeded"; readonly result: Readonly<Record<string, unknown>> }
  | { readonly state: "failed"; readonly error: Message }
  | { readonly state: "cancelled" };

/** What a worker hears at its heartbeat: go on, stop, or that another worker has the job. */
export type Heartbeat = "continue" | "cancel" | "lost";

/**
 * A queue of jobs that outlives its processes. A worker leases a job and renews the lease at each
 * heartbeat; a job whose lease ran out goes to the next worker. Only the holder of the lease can
 * finish a job, so that each job is done once.
 */
export interface JobQueue {
  /** Adds a job, or finds the one that was added with the same idempotency key. */
  add(job: NewJob): Promise<{ readonly job: Job; readonly isNew: boolean }>;
  get(id: string): Promise<Job | undefined>;
  /** The newest first. */
  list(kind: JobKind, limit: number): Promise<readonly Job[]>;
  /** Cancels a queued job at once, asks a running one to stop; ended ones stay as they are. */
  cancel(id: string): Promise<Job | undefined>;
  /** Jobs by kind and state. */
  counts(): Promise<readonly { kind: JobKind; state: JobState; count: number }[]>;
  /**
   * The oldest queued job, or one whose lease ran out; undefined where there is none. A worker has
   * one job at a time: what it held before, it has lost. A job that was lost too often is failed.
   */
  lease(worker: string, seconds: number): Promise<Job | undefined>;
  heartbeat(
    id: string,
    worker: string,
    seconds: number,
    progress?: JobProgress,
  ): Promise<Heartbeat>;
  /** Ends a job; false, and nothing changed, where the worker no longer has the lease. */
  finish(id: string, worker: string, outcome: JobOutcome): Promise<boolean>;
  /** Puts a job back in its place, unfinished, as if it had not been taken: at a shutdown. */
  release(id: string, worker: string): Promise<void>;
  /** Forgets a job; false, and nothing changed, where there is none or it has not ended. */
  remove(id: string): Promise<boolean>;
  /** Forgets jobs that ended before a time and tells their ids, whose folders can go. */
  removeEndedBefore(time: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A message as a column of text keeps it: plain where it is text alone, else as JSON. */
export function storedMessage(message: Message): string {
  const plain = typeof message === "string" && !message.startsWith("[");
  return plain ? message : JSON.stringify([message].flat());
}

/** Reads what {@link storedMessage} made. */
export function messageOf(stored: string): Message {
  if (!stored.startsWith("[")) return stored;
  const message: unknown = JSON.parse(stored);
  if (!isMessage(message)) throw new Error(`The queue holds what is not a message: ${stored}`);
  return message;
}
