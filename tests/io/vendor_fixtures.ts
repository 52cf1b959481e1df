import { buildTiff, type FieldValues, numberedPages, plane } from "./tiff_builder.ts";

/** Zeiss' table of tag 34412: voxels of 0.09 x 0.1 x 0.45 micrometres. */
export function lsmInfo(
  { littleEndian, x, y, z, c, t, scan = 6 }: {
    readonly littleEndian: boolean;
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly c: number;
    readonly t: number;
    readonly scan?: number;
  },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(512));
  const longs: Record<number, number> = {
    0: 0x0400494c,
    4: 512,
    8: x,
    12: y,
    16: z,
    20: c,
    24: t,
    28: 1,
  };
  for (const [at, value] of Object.entries(longs)) view.setInt32(Number(at), value, littleEndian);
  view.setFloat64(40, 9e-8, littleEndian);
  view.setFloat64(48, 1e-7, littleEndian);
  view.setFloat64(56, 4.5e-7, littleEndian);
  view.setUint16(88, scan, littleEndian);
  return new Uint8Array(view.buffer);
}

/** MetaMorph's tags of planes that lie `step` micrometres and a second apart. */
export function stkFields(
  { step, planes, wavelengths = [525] }: {
    readonly step: number;
    readonly planes: number;
    /** Nanometres, again and again. */
    readonly wavelengths?: readonly number[];
  },
): Record<number, FieldValues> {
  const each = Array.from({ length: planes }, (_, i) => i);
  const bytes = (words: readonly number[]) => new Uint8Array(Uint32Array.from(words).buffer);
  return {
    33628: { bytes: bytes([0, 0, 1, 0]), type: 4, count: 2 },
    33629: {
      bytes: bytes(each.flatMap((i) => [step * 1000, 1000, 2451545, i * 1000, 2451545, 0])),
      type: 5,
      count: planes,
    },
    33630: {
      bytes: bytes(each.flatMap((i) => [wavelengths[i % wavelengths.length], 1])),
      type: 5,
      count: planes,
    },
    33631: { bytes: bytes([0, 0]), type: 4, count: planes },
  };
}

/** A plane of Micro-Manager: the number of its samples, and what its index says of it. */
export interface IndexedFixture {
  readonly number: number;
  readonly c?: number;
  readonly z?: number;
  readonly t?: number;
  readonly position?: number;
}

/** A file with Micro-Manager's header, its summary after that, and its index at the end. */
export function microManagerFile(
  planes: readonly IndexedFixture[],
  { littleEndian = true } = {},
): Uint8Array<ArrayBuffer> {
  const summary = new TextEncoder().encode(JSON.stringify({
    "PixelSize_um": 0.13,
    "z-step_um": 0.4,
    ChNames: ["DAPI", "GFP"],
  }));
  const after = new Uint8Array(32 + summary.length);
  const head = new DataView(after.buffer);
  head.setUint32(0, 54773648, littleEndian);
  head.setUint32(24, 2355492, littleEndian);
  head.setUint32(28, summary.length, littleEndian);
  after.set(summary, 32);
  const pages = numberedPages(planes.length).map((page, i) => ({
    ...page,
    blocks: [plane(planes[i].number)],
  }));
  const file = buildTiff(pages, { littleEndian, after });
  const offsets = directoryOffsets(file, littleEndian);
  const index = new DataView(new ArrayBuffer(8 + 20 * planes.length));
  index.setUint32(0, 3453623, littleEndian);
  index.setUint32(4, planes.length, littleEndian);
  planes.forEach(({ c = 0, z = 0, t = 0, position = 0 }, i) =>
    [c, z, t, position, offsets[i]].forEach((word, k) =>
      index.setUint32(8 + 20 * i + 4 * k, word, littleEndian)
    )
  );
  const whole = new Uint8Array(file.length + index.byteLength);
  whole.set(file);
  whole.set(new Uint8Array(index.buffer), file.length);
  new DataView(whole.buffer).setUint32(12, file.length, littleEndian);
  return whole;
}

/** Where the directories of a classic TIFF lie. */
function directoryOffsets(file: Uint8Array<ArrayBuffer>, littleEndian: boolean): number[] {
  const view = new DataView(file.buffer);
  const offsets: number[] = [];
  for (let at = view.getUint32(4, littleEndian); at !== 0;) {
    offsets.push(at);
    at = view.getUint32(at + 2 + 12 * view.getUint16(at, littleEndian), littleEndian);
  }
  return offsets;
}

/** Two files of four planes with NDTiff's header, and the index that says what each plane is. */
export function ndTiffFolder(): Record<string, Uint8Array<ArrayBuffer>> {
  const summary = new TextEncoder().encode('{"PixelSize_um": 0.2, "z-step_um": 1.5}');
  const after = new Uint8Array(20 + summary.length);
  [483729, 3, 3, 2355492, summary.length].forEach((word, i) =>
    new DataView(after.buffer).setUint32(4 * i, word, true)
  );
  after.set(summary, 20);
  const index: number[] = [];
  const word = (value: number) => index.push(...new Uint8Array(Uint32Array.of(value).buffer));
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    word(bytes.length);
    index.push(...bytes);
  };
  const folder: Record<string, Uint8Array<ArrayBuffer>> = {};
  ["a_NDTiffStack.tif", "a_NDTiffStack_1.tif"].forEach((name, t) => {
    const pages = numberedPages(4).map((page, i) => ({ ...page, blocks: [plane(4 * t + i)] }));
    folder[name] = buildTiff(pages, { after });
    const view = new DataView(folder[name].buffer);
    directoryOffsets(folder[name], true).forEach((at, i) => {
      text(JSON.stringify({ time: t, z: (i >> 1) - 1, channel: ["Cy5", "DAPI"][i % 2] }));
      text(name);
      const entries = Array.from({ length: view.getUint16(at, true) }, (_, k) => at + 2 + 12 * k);
      const strips = entries.find((entry) => view.getUint16(entry, true) === 273)!;
      [view.getUint32(strips + 8, true), 5, 3, 0, 0, 0, 0, 0].forEach(word);
    });
  });
  return { ...folder, "NDTiff.index": Uint8Array.from(index) };
}
