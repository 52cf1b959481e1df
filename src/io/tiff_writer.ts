import { InputError } from "../errors.ts";
import type { Slice } from "../stack/stack.ts";
import type { ByteSink } from "./byte_source.ts";
import { encodeImageJBinary } from "./imagej_binary.ts";
import { imageJDescription } from "./imagej_description.ts";
import { omeDescription } from "./ome_description.ts";
import { requireWritable, type StackOutput } from "./stack_output.ts";
import { SAMPLE_BYTES, sampleTypeOf } from "../stack/samples.ts";
import * as tiff from "./tiff_fields.ts";

/** Writes a stack slice by slice; a slice is held no longer than its write takes. */
export interface StackWriter {
  /** Size of the finished file in bytes. */
  readonly bytes: number;
  /** Writes the next slice, C fastest, then Z, then T; await each before the next. */
  writeSlice(slice: Slice): Promise<void>;
  /** Ends the file; throws an Error where slices are missing. */
  close(): Promise<void>;
}

/** Offsets in a classic TIFF have 32 bits. */
const CLASSIC_BYTES = 2 ** 32;

/** Directories are written in pieces of about this size. */
const PIECE_BYTES = 2 ** 16;

/**
 * Writes a stack as an ImageJ hyperstack or an OME-TIFF: uncompressed, little-endian, all
 * directories first and then the planes without a gap. What passes `classicBytes` is written as
 * ImageJ does it (one directory, the planes after it), or as BigTIFF for OME. Throws an InputError
 * where the stack cannot be written as described.
 */
export function createStackWriter(
  sink: ByteSink,
  output: StackOutput,
  { classicBytes = CLASSIC_BYTES } = {},
): StackWriter {
  requireWritable(output);
  const { sizes, sampleType } = output;
  const samples = sizes.x * sizes.y;
  const planes = sizes.c * sizes.z * sizes.t;
  const plan = planFile(output, planes, samples * SAMPLE_BYTES[sampleType], classicBytes);
  let written = 0;
  return {
    bytes: plan.pixels + planes * plan.planeBytes,
    async writeSlice(slice) {
      if (written === planes) throw new Error(`Cannot write more than ${planes} slices`);
      const given = `${sampleTypeOf(slice)} of ${slice.length} samples`;
      if (sampleTypeOf(slice) !== sampleType || slice.length !== samples) {
        throw new Error(`Cannot write ${given} where ${sampleType} of ${samples} are due`);
      }
      if (written === 0) await writeHead(sink, plan);
      // Typed arrays are little-endian on every machine that runs JavaScript today.
      await sink.write(new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength));
      written++;
    },
    close() {
      if (written === planes) return Promise.resolve();
      return Promise.reject(new Error(`Cannot close a stack with ${written} of ${planes} slices`));
    },
  };
}

/** Where everything goes: the directories one after the other, then the pixels. */
interface Plan {
  readonly output: StackOutput;
  readonly description: string;
  readonly dialect: tiff.Dialect;
  readonly directories: number;
  readonly planeBytes: number;
  /** Where the first directory ends, and the size of each of the others. */
  readonly firstEnd: number;
  readonly directoryBytes: number;
  /** Where the pixels begin. */
  readonly pixels: number;
}

function planFile(output: StackOutput, planes: number, planeBytes: number, most: number): Plan {
  const ome = output.format === "ome";
  const description = ome ? omeDescription(output) : imageJDescription(output);
  const plan = (big: boolean, directories: number): Plan => {
    const unplaced = { output, description, dialect: { big }, directories, planeBytes, pixels: 0 };
    const bytes = (index: number) => tiff.directoryBytes(fieldsOf(unplaced, index), { big });
    const firstEnd = tiff.headerBytes({ big }) + bytes(0);
    const directoryBytes = bytes(1);
    const pixels = firstEnd + (directories - 1) * directoryBytes;
    return { ...unplaced, firstEnd, directoryBytes, pixels };
  };
  const classic = plan(false, planes);
  if (classic.pixels + planes * planeBytes < most) return classic;
  if (ome) return plan(true, planes);
  if (planeBytes < most) return plan(false, 1);
  throw new InputError(`Cannot write a plane of ${planeBytes} bytes for ImageJ: write OME-TIFF`);
}

/** The fields of one page; only the first one has a description. */
function fieldsOf(
  plan: Pick<Plan, "output" | "description" | "dialect" | "planeBytes" | "pixels">,
  index: number,
): tiff.Field[] {
  const { output, dialect, planeBytes } = plan;
  const { sizes, sampleType, voxelSize } = output;
  const word = dialect.big ? "long8" : "long";
  const short = (tag: number, value: number): tiff.Field => ({
    tag,
    type: "short",
    values: [value],
  });
  const long = (tag: number, value: number): tiff.Field => ({ tag, type: "long", values: [value] });
  return [
    long(256, sizes.x),
    long(257, sizes.y),
    short(258, SAMPLE_BYTES[sampleType] * 8),
    short(259, 1),
    short(262, 1),
    ...(index === 0 ? [tiff.textField(270, plan.description)] : []),
    { tag: 273, type: word, values: [plan.pixels + index * planeBytes] },
    short(277, 1),
    long(278, sizes.y),
    { tag: 279, type: word, values: [planeBytes] },
    ...resolution(282, voxelSize.x),
    ...resolution(283, voxelSize.y),
    short(296, 1),
    short(339, sampleType === "float32" ? 3 : 1),
    ...(index === 0 && output.format === "imagej" ? binaryFields(output) : []),
  ];
}

/** Labels, colours and overlays, as ImageJ keeps them. */
function binaryFields({ kept = {} }: StackOutput): tiff.Field[] {
  const binary = encodeImageJBinary(kept);
  if (binary === undefined) return [];
  return [
    { tag: 50838, type: "long", values: binary.counts },
    { tag: 50839, type: "byte", values: binary.data },
  ];
}

/** Pixels per unit; the unit stands in the description. */
function resolution(tag: number, size: number | undefined): tiff.Field[] {
  if (size === undefined) return [];
  const values = tiff.toRational(1 / size);
  if (values !== undefined) return [{ tag, type: "rational", values }];
  throw new InputError(`Cannot write a pixel size of ${size} as TIFF: give it in another unit`);
}

async function writeHead(sink: ByteSink, plan: Plan): Promise<void> {
  let pieces = [tiff.encodeHeader(plan.dialect)];
  let held = 0;
  for (let index = 0; index < plan.directories; index++) {
    const end = plan.firstEnd + index * plan.directoryBytes;
    const start = index === 0 ? tiff.headerBytes(plan.dialect) : end - plan.directoryBytes;
    const next = index + 1 < plan.directories ? end : 0;
    const piece = tiff.encodeDirectory(fieldsOf(plan, index), start, next, plan.dialect);
    pieces.push(piece);
    held += piece.length;
    if (held < PIECE_BYTES && next !== 0) continue;
    await sink.write(new Uint8Array(await new Blob(pieces).arrayBuffer()));
    pieces = [];
    held = 0;
  }
}
