import { openStack, type Slice, type StackReader } from "../core.ts";
import { answerCalls } from "../fleet/calls.ts";
import { openFile } from "./local_files.ts";

/** A slice to read. */
export interface SlicePlace {
  readonly t: number;
  readonly c: number;
  readonly z: number;
}

let stack: StackReader | undefined;

answerCalls({
  async open(path: string): Promise<void> {
    stack = await openStack(await openFile(path));
  },
  async read({ t, c, z }: SlicePlace): Promise<{ slice: Slice }> {
    return { slice: await stack!.readSlice(t, c, z) };
  },
});
