import { Buffer } from "node:buffer";
import process from "node:process";
import { deserialize, serialize } from "node:v8";
import { parentPort, Worker } from "node:worker_threads";
import type { CallPort } from "../workers/answer_calls.ts";
import type { StartThread } from "../workers/worker_calls.ts";

/**
 * Starts threads whose JavaScript values may take so many megabytes. One that takes more stops
 * alone, and may do so without a word (Deno 2.9): who calls it needs a bound of time.
 */
export function boundedThread(heapMegabytes: number): StartThread {
  return (module, hear, fail) => {
    const worker = new Worker(module, {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    worker.on("message", (packed: ArrayBuffer) => hear(unpacked(packed)));
    worker.on("error", (error: Error & { code?: string }) => fail(error.code ?? error.message));
    return {
      postMessage(message: unknown) {
        const bytes = packed(message);
        worker.postMessage(bytes, [bytes]);
      },
      terminate: () => void worker.terminate(),
    };
  };
}

/** Where a module that {@link boundedThread} started answers calls. */
export const boundedThreadPort: CallPort = {
  listen: (hear) => void parentPort!.on("message", (packed: ArrayBuffer) => hear(unpacked(packed))),
  send(message) {
    const bytes = packed(message);
    parentPort!.postMessage(bytes, [bytes]);
  },
  // Of this thread only.
  close: () => process.exit(),
};

/** Deno looks at each element of an array in a message; this takes it as it is. */
function packed(message: unknown): ArrayBuffer {
  const bytes = serialize(message);
  const { buffer, byteLength } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWhole ? buffer : new Uint8Array(bytes).buffer;
}

function unpacked<T>(packed: ArrayBuffer): T {
  return deserialize(Buffer.from(packed));
}
