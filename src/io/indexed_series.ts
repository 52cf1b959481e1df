import type { SeriesEntry } from "./description.ts";
import type { Description, OpenTiff, PlaneLocation } from "./description.ts";
import { planeCount, sizesOf } from "./page_planes.ts";
import { damaged } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";

/** One plane that an index places, counted from 0 along each axis. */
export interface IndexedPlane {
  readonly c: number;
  readonly z: number;
  readonly t: number;
  /** The position of the stage: each is a separate stack. */
  readonly position: number;
  readonly location: PlaneLocation;
}

/** What is the same for all positions. */
export type IndexedFacts =
  & Pick<Description, "format" | "voxelSize" | "frameInterval" | "channelNames">
  & { readonly positionNames?: readonly string[] };

/** More planes than any file lists: an index that claims them is damaged. */
export const MOST_PLANES = 2 ** 20;

/** A series for each position of an index that says for each plane what it is. */
export function indexedSeries(
  { file }: Pick<OpenTiff, "file">,
  planes: readonly IndexedPlane[],
  facts: IndexedFacts,
): readonly SeriesEntry[] {
  const positions = Map.groupBy(planes, ({ position }) => position);
  return [...positions].sort(([a], [b]) => a - b).map(([position, own]) => {
    const size = (axis: "c" | "z" | "t") =>
      own.reduce((most, plane) => Math.max(most, plane[axis] + 1), 1);
    const axes = [
      { axis: "T", size: size("t") },
      { axis: "Z", size: size("z") },
      { axis: "C", size: size("c") },
    ] as const;
    const count = planeCount(axes);
    if (!(count <= MOST_PLANES)) throw damaged(file.name, `its index claims ${count} planes`);
    const [, { size: depth }, { size: channels }] = axes;
    const byNumber = new Map<number, PlaneLocation>();
    for (const { t, z, c, location } of own) {
      const number = (t * depth + z) * channels + c;
      if (byNumber.has(number)) {
        throw damaged(file.name, `its index gives channel ${c}, slice ${z}, frame ${t} two places`);
      }
      byNumber.set(number, location);
    }
    const { layout } = own[0].location[1];
    const { positionNames, ...described } = facts;
    return {
      name: positionNames?.[position] ?? `position ${position + 1}`,
      sizes: sizesOf(layout, axes),
      storedType: storedType(layout),
      describe: () => ({
        ...described,
        layout,
        axes,
        planes: {
          count,
          ...(byNumber.size < count && { held: new Set(byNumber.keys()) }),
          locate: (plane: number) => byNumber.get(plane)!,
        },
      }),
    };
  });
}
