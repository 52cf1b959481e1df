/** The sample types that a stack is computed and written in. */
export type SampleType = "uint8" | "uint16" | "float32";

/** One slice's samples, row-major [height][width]. */
export type Slice = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** A slice's samples, which may lie in memory that workers share. */
export type Samples = Uint8Array | Uint16Array | Float32Array;

/** Distance between samples, in `unit`; undefined where the file does not say. */
export interface VoxelSize {
  readonly x?: number;
  readonly y?: number;
  readonly z?: number;
  /** As the file names it: "micron", "µm", "nm", "pixel"; "" where unknown. */
  readonly unit: string;
}

/** How one channel is shown; undefined where the file leaves it to the program. */
export interface ChannelDisplay {
  /** 768 bytes: red, green and blue of 256 grey levels, one colour after the other. */
  readonly lut?: Uint8Array;
  /** The values shown darkest and brightest. */
  readonly min?: number;
  readonly max?: number;
}

/** What a sample's value means: ImageJ's function number, its coefficients and its unit. */
export interface ValueCalibration {
  readonly function: number;
  readonly coefficients: readonly number[];
  readonly unit: string;
}

/** What a file says beside its samples, as it is carried from one file to another. */
export interface Kept {
  readonly info?: string;
  /** One a slice: C fastest, then Z, then T. */
  readonly labels?: readonly string[];
  /** One a channel. */
  readonly display?: readonly ChannelDisplay[];
  readonly calibration?: ValueCalibration;
  /** ImageJ's selection and overlays, each in the bytes of its .roi files. */
  readonly roi?: Uint8Array;
  readonly overlays?: readonly Uint8Array[];
}

/** One of the stacks in a file. */
export interface SeriesSummary {
  readonly name: string;
  readonly sizes: StackInfo["sizes"];
  readonly storedType: string;
}

/** A slice by its place, counted from 0. */
export interface SlicePosition {
  readonly t: number;
  readonly c: number;
  readonly z: number;
}

/** What is known of a stack without reading its samples. */
export interface StackInfo {
  /** Number of time points, channels, slices, rows and columns. */
  readonly sizes: {
    readonly t: number;
    readonly c: number;
    readonly z: number;
    readonly y: number;
    readonly x: number;
  };
  readonly sampleType: SampleType;
  /** The type in the file, where it differs ("int32", "float64", "uint12"). */
  readonly storedType: string;
  readonly voxelSize: VoxelSize;
  /** Time between frames with its unit, where the file says. */
  readonly frameInterval?: { readonly value: number; readonly unit: string };
  readonly channelNames?: readonly string[];
  /** How the file was made, where this project wrote it: keys such as "zaugnet.model". */
  readonly extras?: Readonly<Record<string, string>>;
  /** The channel that is transparency, counted from 0: it is not a picture. */
  readonly alpha?: number;
  /** What the file is: "ImageJ hyperstack", "OME-TIFF", "TIFF". */
  readonly format: string;
  /** The stacks in the file, where there are several, and which one this is, counted from 1. */
  readonly series?: readonly SeriesSummary[];
  readonly seriesNumber?: number;
  /** Slices that the file doesn't hold, where it was opened to have them filled. */
  readonly missing?: readonly SlicePosition[];
  readonly kept?: Kept;
  /** True things a user should hear: "RGB read as three channels", "second series ignored". */
  readonly notes: readonly string[];
}

/** The channels that are pictures: all but transparency. */
export function pictureChannels({ sizes, alpha }: Pick<StackInfo, "sizes" | "alpha">): number[] {
  return Array.from({ length: sizes.c }, (_, c) => c).filter((c) => c !== alpha);
}

/** A stack whose slices are read one at a time, so that its length costs no memory. */
export interface StackReader {
  readonly name: string;
  readonly info: StackInfo;
  /** Reads one slice; throws an InputError where the file is damaged there. */
  readSlice(t: number, c: number, z: number): Promise<Slice>;
}
