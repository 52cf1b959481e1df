import type { Compute } from "../service/compute.ts";
import type { JobFiles } from "../service/job_files.ts";
import type { ModelStore } from "../service/model_store.ts";
import type { JobQueue } from "../service/queue.ts";

/** All that the routes stand on. Nothing here takes a path: names and ids are checked first. */
export interface Services {
  readonly queue: JobQueue;
  readonly models: ModelStore;
  readonly files: JobFiles;
  /** What predicts at once, and tells how all adapters are. */
  readonly compute: Pick<Compute, "ready" | "adapters" | "interpolate" | "stats">;
  readonly limits: Limits;
  /** What clients must show as `Authorization: Bearer …`; undefined asks for none. */
  readonly token?: string;
  /** Names, without port, that a request's Host may carry beside localhost and its addresses. */
  readonly hosts: readonly string[];
  /** The folder of the built page; undefined serves none. */
  readonly page?: string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What the service allows. */
export interface Limits {
  /** Bytes of an upload: one stack, or all of a training. */
  readonly bodyBytes: number;
  /** Samples of a stack, and of what a prediction makes of it. */
  readonly samples: number;
  /** Pixels of a slice that is predicted while the client waits. */
  readonly slicePixels: number;
  /** Jobs that may wait. */
  readonly queueLength: number;
  /** Requests of one client: this many a second in the long run, this many at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** An upload that sends nothing for this long is given up. */
  readonly uploadIdleSeconds: number;
  /** How long ended jobs are kept. */
  readonly keepSeconds: number;
  /** The longest training. */
  readonly trainingMinutes: number;
}
