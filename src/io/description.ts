import type { StackInfo, VoxelSize } from "../stack/stack.ts";
import type { ByteSource } from "./byte_source.ts";
import type { TiffFile } from "./tiff_directory.ts";
import type { FileFields, Page, PageLayout } from "./tiff_page.ts";

/** An axis along which a stack has planes. */
export type Axis = "T" | "C" | "Z";

/** How many there are along one axis. */
export interface AxisSize {
  readonly axis: Axis;
  readonly size: number;
}

/** Where one plane's pixels lie: the arguments of `readPlane`. */
export type PlaneLocation = readonly [file: TiffFile, page: Page, shift?: number];

/** The planes of a series, counted as its writer counts them. */
export interface Planes {
  readonly count: number;
  /** The numbers of those that the file holds; undefined for all. */
  readonly held?: ReadonlySet<number>;
  locate(plane: number): Promise<PlaneLocation> | PlaneLocation;
}

/** What one program's metadata say of a series: the same for every writer. */
export interface Description {
  /** "ImageJ hyperstack", "OME-TIFF", "TIFF". */
  readonly format: string;
  /** Size and type of every plane. */
  readonly layout: PageLayout;
  readonly planes: Planes;
  /**
   * The axes of a plane's number, slowest first; their sizes multiply to the count. A reason instead
   * where they are not understood: only the user can then say what the planes are.
   */
  readonly axes: readonly AxisSize[] | { readonly unknown: string };
  /** Nobody said so: pages were taken for slices. */
  readonly assumed?: boolean;
  readonly voxelSize: VoxelSize;
  readonly frameInterval?: StackInfo["frameInterval"];
  readonly channelNames?: StackInfo["channelNames"];
  readonly extras?: StackInfo["extras"];
  readonly kept?: StackInfo["kept"];
  /** Digests follow the file's own order of planes (OME) instead of C, Z, T. */
  readonly ownOrder?: boolean;
}

/** One of a file's series, before its planes are looked up. */
export interface SeriesEntry {
  readonly name: string;
  /** Sizes as its metadata state them; channels count a pixel's samples too. */
  readonly sizes: StackInfo["sizes"];
  readonly storedType: string;
  /** Where none of its planes lie in the file that was opened. */
  readonly elsewhere?: boolean;
  /** Finds its planes; adds to `notes` what it leaves aside. */
  describe(notes: string[]): Promise<Description> | Description;
}

/** A TIFF whose directories have been read. */
export interface OpenTiff {
  readonly file: TiffFile;
  readonly pages: readonly Page[];
  readonly fields: FileFields;
}

/** How one program's files are known and read. */
export interface Dialect {
  /** Whether the file carries the program's mark. */
  claims(tiff: OpenTiff): boolean | Promise<boolean>;
  /** The file's series; throws a TiffError where the metadata contradict themselves. */
  series(
    tiff: OpenTiff,
    signal?: AbortSignal,
  ): Promise<readonly SeriesEntry[]> | readonly SeriesEntry[];
}

/** A file beside another one; names that lead out of the folder are never followed. */
export async function beside(source: ByteSource, name: string): Promise<ByteSource | undefined> {
  return /[/\\]|^\.\.?$/.test(name) ? undefined : await source.sibling?.(name);
}
