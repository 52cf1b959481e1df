import type { SliceRequest } from "../core.ts";
import type { ComputeStats } from "../service/compute.ts";
import type { JobFile, ReceivedStack } from "../service/job_files.ts";
import type { StoredModel } from "../service/model_store.ts";
import type { JobQueue } from "../service/queue.ts";
import type { StoredFile } from "../service/stored_file.ts";

export type { JobFile, ReceivedStack, StoredFile, StoredModel };

/** All that the routes stand on. Nothing here takes a path: names and ids are checked first. */
export interface Services {
  readonly queue: JobQueue;
  readonly models: ModelStore;
  readonly files: JobFiles;
  readonly compute: Compute;
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
  /** Requests of one client: so many a second in the long run, so many at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** An upload that sends nothing for so long is given up. */
  readonly uploadIdleSeconds: number;
  /** How long ended jobs are kept. */
  readonly keepSeconds: number;
  /** The longest training. */
  readonly trainingMinutes: number;
}

/** The models that jobs can name, one file each. */
export interface ModelStore {
  list(): Promise<readonly StoredModel[]>;
  get(name: string): Promise<StoredModel | undefined>;
  /** The model's file, as safetensors. */
  open(name: string): Promise<StoredFile | undefined>;
  /**
   * Keeps a file under a name when it is whole and a model, in place of one that was there. Throws
   * an InputError for what is none, and what `body` throws; either leaves nothing behind.
   */
  put(name: string, body: ReadableStream<Uint8Array>): Promise<StoredModel>;
  /** False where there was none. Jobs that were taken on before keep their model. */
  remove(name: string): Promise<boolean>;
}

/** The folders of jobs: what was uploaded for them and what they made. */
export interface JobFiles {
  /** Makes the folder of a new job and tells its id; keeps `model` for it as it is now. */
  create(model?: string): Promise<string>;
  /**
   * Streams the next input into a job's folder and reads it as a stack, each slice once. Throws an
   * InputError for what is no whole stack or has too many samples, and what `body` throws.
   */
  receive(id: string, body: ReadableStream<Uint8Array>): Promise<ReceivedStack>;
  /** A file that is whole; undefined where it is not there yet. */
  open(id: string, file: JobFile): Promise<StoredFile | undefined>;
  /** Removes the folder of a job that never was in the queue, or no longer is. */
  discard(id: string): Promise<void>;
  /** Forgets a job that ended: out of the queue, its folder removed. */
  remove(id: string): Promise<void>;
}

/** What predicts at once, on all adapters. */
export interface Compute {
  /** Rejects, or is false, where jobs can't be worked on. */
  ready(): Promise<boolean>;
  adapters(): Promise<readonly AdapterFacts[]>;
  /**
   * Predicts normalised planes with a model of the store; height and width are multiples of 16 and
   * their product is at most `limits.slicePixels`. Calls of several callers share batches.
   */
  interpolate(
    model: string,
    requests: readonly SliceRequest[],
    height: number,
    width: number,
    signal?: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>[]>;
  stats(): Promise<ComputeStats>;
}

export interface AdapterFacts {
  readonly index: number;
  readonly name: string;
  readonly type: "gpu" | "software";
  readonly vendor: string;
  readonly architecture: string;
}
