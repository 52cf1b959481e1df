import type { Slice, StackReader } from "../core.ts";

/**
 * A reader that asks for `most` more slices with each that is asked for: as many further along the
 * file as that was from the one before. Who goes through a stack, or through a channel of it, finds
 * them read. What is skipped is forgotten.
 */
export function readingAhead(reader: StackReader, most: number): StackReader {
  const { name, info: { sizes } } = reader;
  const count = sizes.t * sizes.z * sizes.c;
  const read = (index: number) => {
    const row = Math.floor(index / sizes.c);
    return reader.readSlice(Math.floor(row / sizes.z), index % sizes.c, row % sizes.z);
  };
  const ahead = new Map<number, Promise<Slice>>();
  let last = -1;
  return {
    name,
    info: reader.info,
    readSlice(t, c, z) {
      const index = (t * sizes.z + z) * sizes.c + c;
      const slice = ahead.get(index) ?? read(index);
      const step = index > last ? index - last : 1;
      last = index;
      const wanted = Array.from({ length: most }, (_, i) => index + (i + 1) * step)
        .filter((next) => next < count);
      for (const known of ahead.keys()) if (!wanted.includes(known)) ahead.delete(known);
      for (const next of wanted) {
        if (ahead.has(next)) continue;
        const reading = read(next);
        // A slice that is never asked for may be damaged.
        reading.catch(() => {});
        ahead.set(next, reading);
      }
      return slice;
    },
  };
}
