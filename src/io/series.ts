import { option, phrase, placeInWords } from "../message.ts";
import type { Kept, SlicePosition, StackInfo } from "../stack/stack.ts";
import { whatIsThere } from "./complete_planes.ts";
import type { Axis, AxisSize, Description } from "./description.ts";
import { MOST_PLANES } from "./indexed_series.ts";
import { sizesOf } from "./page_planes.ts";
import { chosen, givenAxes, givenVoxelSize, type StackOptions } from "./stack_options.ts";
import { damaged, unsupported } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import type { PageLayout } from "./tiff_page.ts";
import { sampleTypeOf } from "./tiff_slice.ts";

/** The samples of one plane, as `readPlane` answers them, and the file that they come from. */
export interface PlaneSamples {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: PageLayout;
  readonly file: string;
}

/** One plane of a stack, as the file counts frames, slices and channels of planes, from 0. */
export interface PlanePosition {
  readonly t: number;
  readonly z: number;
  readonly c: number;
}

/** A plane, and which of a pixel's samples are wanted. */
export interface ChosenSamples extends PlanePosition {
  readonly samples: readonly number[];
}

/** A stack that is open: what it is, and its planes. */
export interface Series {
  readonly info: StackInfo;
  readonly layout: PageLayout;
  /** Its planes in the order of a digest. */
  positions(): Iterable<ChosenSamples>;
  /** The plane, and the sample in it, of a slice; throws a TiffError where it is missing. */
  planeOf(slice: SlicePosition): { readonly position: PlanePosition; readonly sample: number };
  read(position: PlanePosition): Promise<PlaneSamples>;
}

/** What a description is made into a stack with. */
export interface SeriesParts {
  readonly name: string;
  readonly description: Omit<Description, "planes">;
  readonly planes: Pick<Description["planes"], "count" | "held">;
  readonly notes: readonly string[];
  readonly options: StackOptions;
  /** What stands beside this series in its file. */
  readonly beside?: Pick<StackInfo, "series" | "seriesNumber">;
  read(plane: number): Promise<PlaneSamples>;
}

/** More slices, a pixel's samples counted, are not a stack: they are a number that was overwritten. */
const MOST_SLICES = 2 ** 22;

/** Puts a stack together from what its writer and its user say. */
export function assemble(parts: SeriesParts): Series {
  const { name, description, planes, options } = parts;
  const { layout, ownOrder } = description;
  const { samples } = layout;
  const given = givenAxes(name, planes.count, options, statedAxes(description));
  const axes = given ?? understood(name, description);
  if (!(planes.count <= MOST_PLANES && planes.count * samples <= MOST_SLICES)) {
    throw damaged(name, `its metadata claim ${planes.count} planes of ${samples} samples a pixel`);
  }
  if (planes.held?.size === 0) throw damaged(name, "none of its planes is there");
  const there = whatIsThere(axes, planes.held);
  const sizes = sizesOf({ ...layout, samples: 1 }, there.axes);
  const steps = stepsOf(axes);
  const numberOf = (t: number, c: number, z: number) => t * steps.T + c * steps.C + z * steps.Z;
  const frames = chosen("frames", options.frames, sizes.t);
  const channels = chosen("channels", options.channels, sizes.c * samples);
  if (there.missing === undefined) {
    const held = `and ${planes.held?.size} of them are there`;
    throw damaged(name, `its metadata claim ${planes.count} planes, ${held}`);
  }
  const missing = new Set(there.missing);
  const slices = function* (): Generator<SlicePosition> {
    for (let t = 0; t < frames.length; t++) {
      for (let z = 0; z < sizes.z; z++) for (let c = 0; c < channels.length; c++) yield { t, c, z };
    }
  };
  const numberAt = ({ t, c, z }: SlicePosition) =>
    numberOf(frames[t], Math.floor(channels[c] / samples), z);
  const holes = missing.size === 0 ? [] : [...slices()].filter((at) => missing.has(numberAt(at)));
  if (holes.length > 0 && !options.withMissing) throw missingSlices(name, holes);
  // Channels of one pixel are read together, in the order that they were asked for.
  const groups = Map.groupBy(channels, (channel) => Math.floor(channel / samples));
  const positions = [...groups].map(([c, own]) => ({
    c,
    samples: own.map((each) => each % samples),
  }));
  const labels = description.kept?.labels;
  return {
    layout,
    info: {
      sizes: {
        t: frames.length,
        c: channels.length,
        z: sizes.z,
        y: layout.height,
        x: layout.width,
      },
      sampleType: sampleTypeOf(layout),
      storedType: storedType(layout),
      voxelSize: givenVoxelSize(description.voxelSize, options.voxelSize),
      ...(description.frameInterval && { frameInterval: description.frameInterval }),
      ...channelNames(description, channels, sizes.c * samples),
      ...(description.extras && { extras: description.extras }),
      ...alphaOf(layout, channels),
      format: description.format,
      ...parts.beside,
      ...(holes.length > 0 && { missing: holes }),
      ...keptOf(description.kept, {
        channels,
        total: sizes.c * samples,
        whole: options.channels === undefined && options.frames === undefined,
        labels: labels && labels.length >= planes.count
          ? [...slices()].map((at) => labels[numberAt(at)])
          : undefined,
      }),
      notes: [
        ...layoutNotes(layout),
        ...parts.notes,
        ...(there.note === undefined ? [] : [there.note]),
        ...(given === undefined ? [] : [`the axes were read as given: ${options.axes}`]),
      ],
    },
    *positions() {
      const order = ownOrder && given === undefined
        ? axes.map(({ axis }) => axis)
        : ["T", "Z", "C"] as const;
      const ranges = { T: frames, Z: [...Array(sizes.z).keys()], C: [...positions.keys()] };
      for (const at of product(order, ranges)) {
        yield { t: at.T ?? 0, z: at.Z ?? 0, ...positions[at.C ?? 0] };
      }
    },
    planeOf(slice) {
      if (missing.has(numberAt(slice))) throw missingSlices(name, [slice]);
      const c = Math.floor(channels[slice.c] / samples);
      const sample = channels[slice.c] % samples;
      return { position: { t: frames[slice.t], z: slice.z, c }, sample };
    },
    read: ({ t, c, z }) => parts.read(numberOf(t, c, z)),
  };
}

/** The axes that a file states, for what the user leaves out; none where they mean nothing here. */
function statedAxes(
  { axes, assumed }: Pick<Description, "axes" | "assumed">,
): readonly AxisSize[] {
  return assumed || "unknown" in axes ? [] : axes;
}

function understood(name: string, { axes, format }: Pick<Description, "axes" | "format">) {
  if (!("unknown" in axes)) return axes;
  throw unsupported(
    name,
    phrase`it was written by ${format}, and ${axes.unknown}; say what its planes are with
      ${option("axes")}, slowest first (like TCZYX), or convert it to OME-TIFF with bfconvert`,
  );
}

/** How far apart planes are in a file that differ by one along an axis. */
function stepsOf(axes: readonly AxisSize[]): Readonly<Record<Axis, number>> {
  const steps = { T: 0, C: 0, Z: 0 };
  axes.reduceRight((step, { axis, size }) => (steps[axis] = step) * size, 1);
  return steps;
}

/** Every combination of positions, the last axis fastest. */
function* product(
  order: readonly Axis[],
  ranges: Readonly<Record<Axis, readonly number[]>>,
): Generator<Partial<Record<Axis, number>>> {
  const [axis, ...rest] = order;
  if (axis === undefined) return yield {};
  for (const value of ranges[axis]) {
    for (const inner of product(rest, ranges)) yield { ...inner, [axis]: value };
  }
}

const MOST_NAMED = 5;

function missingSlices(name: string, holes: readonly SlicePosition[]) {
  const named = holes.slice(0, MOST_NAMED)
    .map(({ t, c, z }) => placeInWords({ slice: z, channel: c, frame: t }));
  const more = holes.length > MOST_NAMED ? ` and ${holes.length - MOST_NAMED} more` : "";
  return damaged(
    name,
    phrase`it does not hold ${named.join(", ")}${more}; ${option("repair")} fills what is missing`,
  );
}

function channelNames(
  { channelNames }: Pick<Description, "channelNames">,
  channels: readonly number[],
  total: number,
) {
  if (channelNames?.length !== total) return {};
  return { channelNames: channels.map((c) => channelNames[c]) };
}

/** Transparency follows the colours: the fourth of RGBA, the second of grey with alpha. */
function alphaOf({ photometric, samples, extraSample }: PageLayout, channels: readonly number[]) {
  const colours = photometric === 2 ? 3 : 1;
  const transparent = (extraSample === 1 || extraSample === 2) && samples === colours + 1;
  const alpha = channels.indexOf(colours);
  // Who asks for it alone wants it as a picture.
  return transparent && alpha >= 0 && channels.length > 1 ? { alpha } : {};
}

function keptOf(
  kept: Kept | undefined,
  { channels, total, whole, labels }: {
    readonly channels: readonly number[];
    readonly total: number;
    readonly whole: boolean;
    readonly labels: readonly string[] | undefined;
  },
): Pick<StackInfo, "kept"> {
  const { info, display, calibration, roi, overlays } = kept ?? {};
  const own: Kept = {
    ...(info !== undefined && { info }),
    ...(labels && { labels }),
    ...(display?.length === total && { display: channels.map((c) => display[c]) }),
    ...(calibration && { calibration }),
    // Their places count slices of the whole stack.
    ...(whole && roi && { roi }),
    ...(whole && overlays && { overlays }),
  };
  return Object.keys(own).length > 0 ? { kept: own } : {};
}

function layoutNotes({ photometric, samples, orientation }: PageLayout): string[] {
  const notes = [];
  if (samples > 1) {
    const what = photometric === 2 && samples === 3 ? "RGB" : `${samples} samples a pixel`;
    notes.push(`${what} read as ${samples === 3 ? "three" : samples} channels`);
  }
  if (photometric === 0) notes.push("zero is stored as white: the values were read as stored");
  if (photometric === 3) notes.push("the colour table was ignored: the values were read as stored");
  if (orientation !== 1) notes.push(`orientation ${orientation} was ignored: rows read as stored`);
  return notes;
}
