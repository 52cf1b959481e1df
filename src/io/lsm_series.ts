import type { Axis, AxisSize, Description, Dialect, OpenTiff } from "./description.ts";
import { groupPages, pagedPlanes, planeCount, reducedCount, sizesOf } from "./page_planes.ts";
import { damaged, unsupported } from "./tiff_error.ts";
import { storedType } from "./tiff_layout.ts";
import type { Entry } from "./tiff_directory.ts";
import { lutOf } from "./lut.ts";

const LSM_INFO = 34412;

/** Zeiss LSM: a table in tag 34412; every plane is followed by a thumbnail. */
export const lsm: Dialect = {
  claims: ({ fields }) => fields.entries.has(LSM_INFO),
  async series(tiff) {
    const info = await readInfo(tiff, tiff.fields.entries.get(LSM_INFO)!);
    const [{ layout }] = groupPages(tiff.pages)[0];
    return [{
      name: "Zeiss LSM",
      sizes: sizesOf(layout, info.axes),
      storedType: storedType(layout),
      describe: (notes) => describe(tiff, info, notes),
    }];
  },
};

/** The table's first bytes, by version. */
const MAGIC = [0x00300494c, 0x00400494c];

/** Bytes of the table up to the offset of the next recording, which all versions have. */
const LEAST_BYTES = 152;

interface LsmInfo {
  /** Slowest first. */
  readonly axes: readonly AxisSize[];
  readonly channels: number;
  readonly positions: number;
  /** Metres. */
  readonly voxel: { readonly x: number; readonly y: number; readonly z: number };
  /** Seconds. */
  readonly interval: number;
  readonly colours: number;
}

async function readInfo({ file, pages }: OpenTiff, entry: Entry): Promise<LsmInfo> {
  const bytes = await file.bytes(entry);
  if (bytes.length < LEAST_BYTES) throw damaged(file.name, "its Zeiss LSM table is cut");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const int = (at: number) => at + 4 > bytes.length ? 0 : view.getInt32(at, file.littleEndian);
  const double = (at: number) => view.getFloat64(at, file.littleEndian);
  if (!MAGIC.includes(int(0))) throw damaged(file.name, "its Zeiss LSM table has no known version");
  const [{ layout }] = groupPages(pages)[0];
  if (int(8) !== layout.width || int(12) !== layout.height) {
    const stored = `its pages are ${layout.width} x ${layout.height}`;
    throw damaged(file.name, `its Zeiss LSM table says ${int(8)} x ${int(12)}, and ${stored}`);
  }
  const sizes: Record<Axis, number> = { Z: int(16), C: int(20), T: int(24) };
  for (const [axis, size] of Object.entries(sizes)) {
    if (size > 0) continue;
    throw damaged(file.name, `its Zeiss LSM table says ${size} along ${axis}`);
  }
  // A series of single planes counts them in time; a stack of z counts z first.
  const scan = view.getUint16(88, file.littleEndian);
  const order: readonly Axis[] = [3, 5, 9].includes(scan) ? ["Z", "T"] : ["T", "Z"];
  return {
    axes: order.map((axis) => ({ axis, size: sizes[axis] })),
    channels: sizes.C,
    positions: Math.max(1, int(264)) * Math.max(1, int(268)),
    voxel: { x: double(40), y: double(48), z: double(56) },
    interval: double(112),
    colours: view.getUint32(108, file.littleEndian),
  };
}

async function describe(tiff: OpenTiff, info: LsmInfo, notes: string[]): Promise<Description> {
  const { file, pages } = tiff;
  if (info.positions > 1) {
    const reason = `its Zeiss LSM table counts ${info.positions} positions or tiles`;
    throw unsupported(file.name, `${reason}: write each to a separate file, in ZEN or Fiji`);
  }
  if (!file.big && file.size >= 2 ** 32) {
    throw unsupported(file.name, "Zeiss LSM files past 4 GB are not read: run bfconvert on it");
  }
  const [own, ...others] = groupPages(pages);
  const [{ layout }] = own;
  const thumbnails = reducedCount(pages) + others.reduce((sum, { length }) => sum + length, 0);
  if (thumbnails > 0) notes.push(`${thumbnails} thumbnails were ignored`);
  // All channels of a plane lie in one page; some programs copy them to separate pages.
  const apart = layout.samples === 1 && info.channels > 1;
  const axes = apart ? [...info.axes, { axis: "C" as const, size: info.channels }] : info.axes;
  if (!apart && layout.samples !== info.channels) {
    const claim = `its Zeiss LSM table says ${info.channels} channels`;
    throw damaged(file.name, `${claim}, and its pages hold ${layout.samples}`);
  }
  const count = planeCount(axes);
  if (own.length > count) notes.push(`${own.length - count} planes beyond its table were ignored`);
  const { x, y, z } = info.voxel;
  const { names, colours } = await readColours(tiff, info);
  return {
    format: "Zeiss LSM",
    layout,
    planes: pagedPlanes(file, own, count),
    axes,
    voxelSize: {
      ...(isLength(x) && { x: fromMetres(x) }),
      ...(isLength(y) && { y: fromMetres(y) }),
      ...(isLength(z) && { z: fromMetres(z) }),
      unit: "um",
    },
    ...(info.interval > 0 && { frameInterval: { value: info.interval, unit: "s" } }),
    ...(names.length === info.channels && { channelNames: names }),
    ...(colours.length === info.channels &&
      { kept: { display: colours.map((colour) => ({ lut: lutOf(colour) })) } }),
  };
}

function isLength(metres: number): boolean {
  return metres > 0 && metres < 1;
}

/** Micrometres, without what the product of two binary fractions adds. */
function fromMetres(metres: number): number {
  return Number((metres * 1e6).toPrecision(12));
}

/** Names and colours lie beside the pixels: where they do not hold, a stack still does. */
async function readColours({ file }: OpenTiff, { colours: at, channels }: LsmInfo) {
  const nothing = { names: [], colours: [] };
  if (at === 0 || at + 24 > file.size) return nothing;
  const head = await file.view(at, 24, "its table of colours");
  const int = (index: number) => head.getInt32(4 * index, file.littleEndian);
  const [size, colourCount, nameCount, colourOffset, nameOffset] = [0, 1, 2, 3, 4].map(int);
  if (!(size >= 24 && at + size <= file.size && size < 2 ** 20)) return nothing;
  const bytes = await file.view(at, size, "its table of colours");
  const colours: [number, number, number][] = [];
  for (let c = 0; c < Math.min(colourCount, channels); c++) {
    const start = colourOffset + 4 * c;
    if (start < 0 || start + 4 > size) return nothing;
    colours.push([bytes.getUint8(start), bytes.getUint8(start + 1), bytes.getUint8(start + 2)]);
  }
  const names: string[] = [];
  for (let c = 0, start = nameOffset; c < Math.min(nameCount, channels); c++) {
    if (start < 0 || start + 4 > size) return { names: [], colours };
    const length = bytes.getUint32(start, file.littleEndian);
    if (start + 4 + length > size) return { names: [], colours };
    const text = new Uint8Array(bytes.buffer, bytes.byteOffset + start + 4, length);
    names.push(new TextDecoder("latin1").decode(text).replace(/\0.*$/s, ""));
    start += 4 + length;
  }
  return { names, colours };
}
