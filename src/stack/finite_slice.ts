import { InputError } from "../errors.ts";
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
  let bad = 0;
  while (bad < slice.length && Number.isFinite(slice[bad])) bad++;
  if (bad === slice.length) return slice;
  const width = reader.info.sizes.x;
  throw new InputError(
    `${reader.name} holds ${slice[bad]} at x ${bad % width}, y ${Math.floor(bad / width)} of ` +
      `slice ${z + 1} (channel ${c + 1}, frame ${t + 1}); replace such samples by numbers first.`,
  );
}
