import { openStack, type Slice, type StackReader } from "../core.ts";
import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import { openFile } from "./local_files.ts";

/** A slice to read. */
export interface SlicePlace {
  readonly t: number;
  readonly c: number;
  readonly z: number;
}

let stack: StackReader | undefined;

const calls = {
  async open(path: string): Promise<void> {
    stack = await openStack(await openFile(path));
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
