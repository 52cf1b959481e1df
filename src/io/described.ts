import type { StackInfo } from "../stack/stack.ts";
import type { TiffFile } from "./tiff_directory.ts";
import type { FileFields, Page, PageLayout } from "./tiff_page.ts";

/** Where one plane's pixels lie: the arguments of `readPlane`. */
export type PlaneLocation = readonly [file: TiffFile, page: Page, shift?: number, copies?: number];

/** How the planes of a series are numbered: steps of one slice, one channel, one frame. */
export interface PlaneOrder {
  readonly z: number;
  readonly c: number;
  readonly t: number;
}

/** The first stack of a TIFF: what it is and where its planes lie, in the file's own order. */
export interface Series {
  readonly info: StackInfo;
  readonly layout: PageLayout;
  readonly planes: number;
  readonly order: PlaneOrder;
  locate(plane: number): Promise<PlaneLocation>;
}

/** A TIFF whose directories have been read. */
export interface OpenTiff {
  readonly file: TiffFile;
  readonly pages: readonly Page[];
  readonly fields: FileFields;
}

/** What only the metadata know of a stack; sizes count planes, not samples. */
export type Described =
  & Omit<Series, "info" | "layout">
  & Pick<StackInfo, "format" | "voxelSize" | "frameInterval" | "channelNames" | "extras">
  & { readonly sizes: { readonly z: number; readonly c: number; readonly t: number } };
