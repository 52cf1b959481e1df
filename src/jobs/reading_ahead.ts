import type { Slice, StackReader } from "../../mod.ts";

/**
 * A reader that asks for the next `most` slices, in the file's order, with each that is asked for:
 * whoever goes through a stack finds them read. What is skipped is forgotten.
 */
export function readingAhead(reader: StackReader, most: number): StackReader {
  const { name, info: { sizes } } = reader;
  const read = (index: number) => {
    const row = Math.floor(index / sizes.c);
    return reader.readSlice(Math.floor(row / sizes.z), index % sizes.c, row % sizes.z);
  };
  const ahead = new Map<number, Promise<Slice>>();
  return {
    name,
    info: reader.info,
    readSlice(t, c, z) {
      const index = (t * sizes.z + z) * sizes.c + c;
      const slice = ahead.get(index) ?? read(index);
      const end = Math.min(index + most, sizes.t * sizes.z * sizes.c - 1);
      for (const known of ahead.keys()) {
        if (known <= index || known > end) ahead.delete(known);
      }
      for (let next = index + 1; next <= end; next++) {
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
