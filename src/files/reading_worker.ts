import type { Slice, StackOptions, StackReader } from "../core.ts";
import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import { openStackPath, type StackPath } from "./stack_path.ts";

/** A slice to read. */
export interface SlicePlace {
  readonly t: number;
  readonly c: number;
  readonly z: number;
}

let stack: StackReader | undefined;

const calls = {
  async open(path: StackPath, options: StackOptions): Promise<void> {
    stack = (await openStackPath(path, options)).reader;
  },
  async read({ t, c, z }: SlicePlace, { move }: CallContext): Promise<Slice> {
    const slice = await stack!.readSlice(t, c, z);
    move(slice);
    return slice;
  },
};

/** What a thread that reads a stack answers. */
export type ReadingCalls = typeof calls;

answerCalls(calls);
