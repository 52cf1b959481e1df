/** A worker that answers, fails, waits and dies as it is told. */
import { CheckpointError } from "../../src/io/weights.ts";
import { option, phrase } from "../../src/message.ts";
import { answerCalls, type CallContext } from "../../src/workers/answer_calls.ts";

const calls = {
  hello: () => "hello",
  twice: (x: number) => 2 * x,
  count(to: number, { progress }: CallContext<number>) {
    for (let i = 1; i <= to; i++) progress(i);
    return to;
  },
  bytesLeft(bytes: Uint8Array<ArrayBuffer>, { move }: CallContext) {
    move(bytes, bytes.subarray(1));
    setTimeout(() => left = bytes.byteLength);
    return bytes;
  },
  left: () => left,
  async refuse(what: string): Promise<void> {
    throw await Promise.resolve(
      what === "input"
        ? new CheckpointError(phrase`Take ${option("tile", 64)}.`)
        : new RangeError(what),
    );
  },
  unsendable: () => () => {},
  untilCancelled: (_: undefined, { signal }: CallContext) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("the handler's own error")));
    }),
  never: () => new Promise<void>(() => {}),
  die(): void {
    setTimeout(() => {
      throw new Error("struck by lightning");
    });
  },
};
let left = -1;

export type EchoCalls = typeof calls;

answerCalls(calls);
