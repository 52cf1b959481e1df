import { InputError } from "../errors.ts";
import type { StackReader } from "../stack/stack.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Axis, AxisSize } from "./description.ts";
import { pageShape } from "./page_planes.ts";
import { assemble, type Series } from "./series.ts";
import type { StackOptions } from "./stack_options.ts";
import { damaged } from "./tiff_error.ts";
import { digestOf, readerOf, type StackDigest } from "./tiff_reader.ts";
import { openSeries } from "./tiff_series.ts";

/** One file of a sequence, which is opened when it is read. */
export interface SequenceFile {
  /** What its place in the sequence depends on, and what errors call it. */
  readonly name: string;
  open(): Promise<ByteSource & { close?(): void }>;
}

/**
 * Opens files of one slice each as one stack, in the natural order of their names (img_2 before
 * img_10). Only the first is opened at once; each other one where a slice of it is read. `options`
 * hold for the stack: with `axes`, the files may be frames or channels instead of slices. Throws an
 * InputError where there are no files or the first has several slices, and `readSlice` a TiffError
 * that names a file of another size or type.
 */
export async function openSequence(
  name: string,
  files: readonly SequenceFile[],
  options: StackOptions = {},
): Promise<StackReader> {
  return readerOf(name, await openSequenceSeries(name, files, options), options.signal);
}

/** The digest of a sequence, as `stackDigest` makes it of a file. */
export async function sequenceDigest(
  name: string,
  files: readonly SequenceFile[],
  options: StackOptions = {},
): Promise<StackDigest> {
  return await digestOf(await openSequenceSeries(name, files, options), options.signal);
}

async function openSequenceSeries(
  name: string,
  files: readonly SequenceFile[],
  options: StackOptions,
): Promise<Series> {
  const ordered = files.toSorted((a, b) => naturalOrder(a.name, b.name));
  if (ordered.length === 0) throw new InputError(`There are no files in ${name}.`);
  const { signal, series } = options;
  const within = async <T>(file: SequenceFile, use: (single: Series) => Promise<T> | T) => {
    const source = await file.open();
    try {
      const single = await openSeries(source, { series, signal });
      const { t, z } = single.info.sizes;
      if (t * z > 1) {
        const held = `it has ${z} slices and ${t} frames`;
        throw new InputError(
          `Cannot read ${file.name} as a part of a sequence: ${held}, ` +
            "and each file is to have one slice.",
        );
      }
      return await use(single);
    } finally {
      source.close?.();
    }
  };
  const first = await within(ordered[0], ({ info, layout }) => ({ info, layout }));
  const { info, layout } = first;
  const planes = info.sizes.c / layout.samples;
  const axes: AxisSize[] = [
    { axis: "Z", size: ordered.length },
    ...(planes > 1 ? [{ axis: "C" as Axis, size: planes }] : []),
  ];
  const { z: _, ...flat } = info.voxelSize;
  return assemble({
    name,
    description: {
      format: `${ordered.length} files of ${info.format}`,
      layout,
      axes,
      voxelSize: flat,
      frameInterval: info.frameInterval,
      channelNames: info.channelNames,
      kept: { display: info.kept?.display, calibration: info.kept?.calibration },
    },
    planes: { count: ordered.length * planes },
    // What is true of the first file's pixels is said again for all.
    notes: [],
    options,
    async read(plane) {
      signal?.throwIfAborted();
      const file = ordered[Math.floor(plane / planes)];
      return await within(file, (single) => {
        const own = single.info.sizes.c / single.layout.samples;
        if (pageShape(single.layout) !== pageShape(layout) || own !== planes) {
          const shape = `${pageShape(single.layout)} with ${own} planes`;
          const others = `${ordered[0].name} is ${pageShape(layout)} with ${planes}`;
          throw damaged(file.name, `it is ${shape} where ${others}`);
        }
        const c = plane % planes;
        return single.read({ t: 0, z: 0, c });
      });
    },
  });
}

/** Numbers in names count as numbers, whatever zeros stand before them; all else by its characters. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.toLowerCase().split(/(\d+)/));
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue;
    const [x, y] = [left[i], right[i]];
    if (i % 2 === 0) return x < y ? -1 : 1;
    const [m, n] = [BigInt(x), BigInt(y)];
    if (m !== n) return m < n ? -1 : 1;
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0);
}
