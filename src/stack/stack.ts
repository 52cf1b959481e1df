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
  /** What the file is: "ImageJ hyperstack", "OME-TIFF", "TIFF". */
  readonly format: string;
  /** True things a user should hear: "RGB read as three channels", "second series ignored". */
  readonly notes: readonly string[];
}

/** A stack whose slices are read one at a time, so that its length costs no memory. */
export interface StackReader {
  readonly name: string;
  readonly info: StackInfo;
  /** Reads one slice; throws an InputError where the file is damaged there. */
  readSlice(t: number, c: number, z: number): Promise<Slice>;
}
