import { pictureChannels, type Slice, type StackReader } from "./stack.ts";

/** A reader that remembers the latest slices, for those who ask for the same ones again soon. */
export function remembering(reader: StackReader, most: number): StackReader {
  const latest = new Map<string, Promise<Slice>>();
  return {
    name: reader.name,
    info: reader.info,
    readSlice(t, c, z) {
      const key = `${t},${c},${z}`;
      const slice = latest.get(key) ?? reader.readSlice(t, c, z);
      latest.delete(key);
      latest.set(key, slice);
      if (latest.size > most) latest.delete(latest.keys().next().value!);
      return slice;
    },
  };
}

/** The stack in float32, so that what is predicted from it stays unrounded. */
export function unrounded(reader: StackReader): StackReader {
  return {
    name: reader.name,
    info: { ...reader.info, sampleType: "float32" },
    readSlice: async (t, c, z) => new Float32Array(await reader.readSlice(t, c, z)),
  };
}

/** The stack without its transparency, for those who only look at pictures. */
export function withoutAlpha(reader: StackReader): StackReader {
  const { alpha: _, ...info } = reader.info;
  const channels = pictureChannels(reader.info);
  if (channels.length === info.sizes.c) return reader;
  return {
    name: reader.name,
    info: {
      ...info,
      sizes: { ...info.sizes, c: channels.length },
      channelNames: info.channelNames && channels.map((c) => info.channelNames![c]),
    },
    readSlice: (t, c, z) => reader.readSlice(t, channels[c], z),
  };
}
