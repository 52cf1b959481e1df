import { createHash } from "node:crypto";
import { type Model, parameterCount, readModel, type StackInfo, writeModel } from "../core.ts";
import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import { boundedThreadPort } from "./bounded_thread.ts";
import { type Inference, readInference } from "./inference_body.ts";
import { checkSequence, checkStack, type SequenceCheck, type StackCheck } from "./input_check.ts";
import { readSliceFile, type SliceFile } from "./slice_file.ts";

/** A checkpoint to read. */
export interface ModelCall {
  readonly path: string;
  readonly name: string;
}

/** What is told of a checkpoint. */
export interface ModelFacts {
  readonly variant: Model["variant"];
  readonly parameters: number;
  readonly notes: readonly string[];
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
}

const calls = {
  stack(check: StackCheck, { progress }: CallContext<number>): Promise<StackInfo> {
    return checkStack(check, progress);
  },

  sequence(check: SequenceCheck, { progress }: CallContext<number>): Promise<StackInfo> {
    return checkSequence(check, progress);
  },

  async model({ path, name }: ModelCall): Promise<ModelFacts> {
    const bytes = await Deno.readFile(path);
    const model = readModel(bytes, name);
    return {
      variant: model.variant,
      parameters: parameterCount(model),
      notes: model.notes,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    };
  },

  /** Makes safetensors of a checkpoint of another kind, in its place. */
  async convert({ path, name }: ModelCall): Promise<void> {
    const bytes = await Deno.readFile(path);
    const model = readModel(bytes, name);
    if (!isSafetensors(bytes)) await Deno.writeFile(path, writeModel(model));
  },

  async slice(
    { bytes, name, mostPixels }: {
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly name: string;
      readonly mostPixels: number;
    },
    { move }: CallContext,
  ): Promise<SliceFile> {
    const file = await readSliceFile(bytes, name, mostPixels);
    move(file.slice);
    return file;
  },

  inference(
    { bytes, headerLength, mostPixels }: {
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly headerLength?: number;
      readonly mostPixels: number;
    },
    { move }: CallContext,
  ): Inference {
    const inference = readInference(bytes, headerLength, mostPixels);
    move(...[...inference.inputs.values()].map(({ data }) => data));
    return inference;
  },
};

/** What a thread that reads what clients sent answers. */
export type ParsingCalls = typeof calls;

answerCalls(calls, undefined, boundedThreadPort);

/** A safetensors file has JSON after the length of it; a .pt is a zip or a pickle. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b;
}
