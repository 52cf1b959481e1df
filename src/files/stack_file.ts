import type { Slice, StackInfo, StackOptions, StackReader } from "../core.ts";
import { WorkerCalls } from "../workers/worker_calls.ts";
import { readingAhead } from "./reading_ahead.ts";
import type { ReadingCalls, SlicePlace } from "./reading_worker.ts";
import { openStackPath, type StackPath } from "./stack_path.ts";
import { type WatchedStack, watchedStack } from "./watched_stack.ts";

const MODULE = new URL("./reading_worker.ts", import.meta.url);

/** Bytes from which on workers decode: one takes a tenth of a second to start. */
const WORTHWHILE = 2 ** 24;

/** A core inflates about as many slices a second as a fast GPU predicts, and of LZW half as many. */
const WORKERS = 2;

/** Slices that are read before they are asked for: each worker has one to go on with. */
const AHEAD = 2 * WORKERS;
/** Bytes of such slices at most: of larger ones, none is read ahead. */
const AHEAD_BYTES = 2 ** 27;

/** A stack that is open for reading, and watched for changes. */
export interface StackFile extends WatchedStack {
  /** Of its file, or of all files. */
  readonly bytes: number;
  close(): void;
}

/** Bytes of a stack's samples, as they are computed with. */
export function bytesOf({ sizes, sampleType }: Pick<StackInfo, "sizes" | "sampleType">): number {
  const { t, c, z, y, x } = sizes;
  return t * c * z * y * x * { uint8: 1, uint16: 2, float32: 4 }[sampleType];
}

/**
 * Opens a stack. Workers decode a large compressed one ahead of who asks, since Deno's thread stands
 * still while a device computes. Throws as `openStackPath` does.
 */
export async function openStackFile(
  path: StackPath,
  options: StackOptions = {},
): Promise<StackFile> {
  const stack = await openStackPath(path, options);
  try {
    const { reader } = stack;
    const bytes = bytesOf(reader.info);
    if (bytes < WORTHWHILE || bytes <= stack.bytes) {
      return { ...watchedStack(reader), bytes: stack.bytes, close: () => stack.close() };
    }
    const { signal, ...plain } = options;
    const workers = Array.from({ length: WORKERS }, () => new ReadingWorker(path, plain));
    const { name, info } = reader;
    let turn = 0;
    const { sizes } = info;
    const bytesOfSlice = bytes / (sizes.t * sizes.c * sizes.z);
    const most = Math.min(AHEAD, Math.floor(AHEAD_BYTES / bytesOfSlice));
    const readSlice: StackReader["readSlice"] = async (t, c, z) => {
      signal?.throwIfAborted();
      return await workers[turn++ % WORKERS].read({ t, c, z });
    };
    const close = () => {
      for (const worker of workers) worker.end();
      stack.close();
    };
    const ahead = readingAhead({ name, info, readSlice }, most);
    return { ...watchedStack(ahead), bytes: stack.bytes, close };
  } catch (error) {
    stack.close();
    throw error;
  }
}

/** A thread that has a stack open. */
class ReadingWorker {
  readonly #calls = new WorkerCalls<ReadingCalls>(MODULE);
  readonly #opened: Promise<void>;

  constructor(path: StackPath, options: StackOptions) {
    this.#opened = this.#calls.call("open", path, options);
    this.#opened.catch(() => {});
  }

  /** Throws an InputError where the file is damaged there. */
  async read(place: SlicePlace): Promise<Slice> {
    await this.#opened;
    return await this.#calls.call("read", place);
  }

  end(): void {
    this.#calls.terminate();
  }
}
