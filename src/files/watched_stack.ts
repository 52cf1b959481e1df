import { createHash } from "node:crypto";
import { InputError, option, phrase, place, type Slice, type StackReader } from "../core.ts";

/** A stack that is told apart from what it may become while it is read. */
export interface WatchedStack {
  /** Throws an InputError where a slice is not what it was when it was read before. */
  readonly reader: StackReader;
  /** Hexadecimal SHA-256 of its sizes and all its samples; reads what nobody has read yet. */
  digest(signal?: AbortSignal): Promise<string>;
}

/** What a user is told who goes on with what was made from another input of the same name. */
export function changedInput(input: string, made: string): InputError {
  return new InputError(
    phrase`${input} was changed since ${made} was made from it. To make that anew, leave out
      ${option("resume")}.`,
  );
}

/** Watches a stack by the hashes of its slices: the time of a file decides nothing. */
export function watchedStack(stack: StackReader): WatchedStack {
  const { name, info } = stack;
  const { sizes, sampleType } = info;
  const hashes = new Map<number, string>();
  const reader: StackReader = {
    name,
    info,
    async readSlice(t, c, z) {
      const slice = await stack.readSlice(t, c, z);
      const index = (t * sizes.z + z) * sizes.c + c;
      const [before, now] = [hashes.get(index), hashOf(slice)];
      hashes.set(index, before ?? now);
      if (before === undefined || before === now) return slice;
      const where = place({
        slice: z,
        channel: sizes.c > 1 ? c : undefined,
        frame: sizes.t > 1 ? t : undefined,
      });
      throw new InputError(
        phrase`${name} was changed while it was worked on: ${where} has other samples than before.
          Start again when nothing writes it any more.`,
      );
    },
  };
  return {
    reader,
    async digest(signal) {
      const { t, c, z, y, x } = sizes;
      const whole = createHash("sha256").update(`${sampleType} ${t} ${c} ${z} ${y} ${x}\n`);
      for (let index = 0; index < t * z * c; index++) {
        signal?.throwIfAborted();
        const row = Math.floor(index / c);
        if (!hashes.has(index)) {
          await reader.readSlice(Math.floor(row / z), index % c, row % z);
        }
        whole.update(hashes.get(index)!);
      }
      return whole.digest("hex");
    },
  };
}

function hashOf(slice: Slice): string {
  const bytes = new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength);
  return createHash("sha256").update(bytes).digest("hex");
}
