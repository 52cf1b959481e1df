import { InputError } from "../errors.ts";
import { firstNotFinite } from "../finite.ts";
import { phrase, place } from "../message.ts";
import type { Slice, StackReader } from "./stack.ts";

/**
 * Reads one slice and refuses NaN and infinity: the network would spread a single one over the
 * whole prediction. The InputError counts slices, channels and frames from 1 and x, y from 0, as
 * Fiji shows them.
 */
export async function readFiniteSlice(
  reader: StackReader,
  t: number,
  c: number,
  z: number,
): Promise<Slice> {
  const slice = await reader.readSlice(t, c, z);
  if (!(slice instanceof Float32Array)) return slice;
  const bad = firstNotFinite(slice);
  if (bad === undefined) return slice;
  const width = reader.info.sizes.x;
  throw new InputError(
    phrase`${reader.name} holds ${slice[bad]} at x ${bad % width}, y ${Math.floor(bad / width)} of
      ${place({ slice: z, channel: c, frame: t })}; replace such samples by numbers first.`,
  );
}
