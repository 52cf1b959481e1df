/** A thread of {@link Parsing} that fills its memory when it is told to. */
import { answerCalls } from "../../src/workers/answer_calls.ts";
import { boundedThreadPort } from "../../src/service/bounded_thread.ts";

answerCalls(
  {
    inference({ bytes }: { readonly bytes: Uint8Array }) {
      const filled: unknown[] = [];
      while (new TextDecoder().decode(bytes).includes("greedy")) filled.push(Array(1000).fill(0));
      return { inputs: new Map([["before", 1], ["after", 2]]) };
    },
  },
  undefined,
  boundedThreadPort,
);
