import type { Entry, TiffFile } from "./tiff_directory.ts";
import { damaged } from "./tiff_error.ts";

/** What MetaMorph's tags UIC1 to UIC4 say of the planes, one value each. */
export interface Uic {
  readonly planes: number;
  readonly zDistances: readonly number[];
  /** Milliseconds, days included. */
  readonly times: readonly number[];
  /** Nanometres; empty where not told. */
  readonly wavelengths: readonly number[];
  readonly absoluteZ: readonly number[];
  readonly xCalibration?: number;
  readonly yCalibration?: number;
  readonly unit?: string;
}

const DAY = 24 * 3600 * 1000;

/** Reads the tags; throws a TiffError where they reach past the file's end. */
export async function readUic(
  file: TiffFile,
  entries: ReadonlyMap<number, Entry>,
): Promise<Uic> {
  const [uic1, uic2, uic3, uic4] = [33628, 33629, 33630, 33631].map((tag) => entries.get(tag));
  const planes = uic2?.count ?? 1;
  const words = async (entry: Entry | undefined, each: number) => {
    if (entry === undefined) return undefined;
    if (entry.count !== planes) {
      const reason = `MetaMorph's tags count ${planes} and ${entry.count} planes`;
      throw damaged(file.name, reason);
    }
    const at = await file.pointer(entry);
    const view = await file.view(at, planes * each * 4, `tag ${entry.tag}`);
    return (plane: number, word: number) =>
      view.getUint32(4 * (plane * each + word), file.littleEndian);
  };
  const [second, third] = [await words(uic2, 6), uic2 && await words(uic3, 2)];
  const perPlane = <T>(value: (plane: number) => T) =>
    Array.from({ length: planes }, (_, i) => value(i));
  return {
    planes,
    zDistances: second ? perPlane((i) => second(i, 0) / (second(i, 1) || 1)) : [],
    times: second ? perPlane((i) => second(i, 2) * DAY + second(i, 3)) : [],
    wavelengths: third ? perPlane((i) => third(i, 0) / (third(i, 1) || 1)) : [],
    absoluteZ: uic2 && uic4 ? await readAbsoluteZ(file, uic4, planes) : [],
    ...(uic1 && await readCalibration(file, uic1)),
  };
}

/** UIC1: pairs of a name's number and a value, or where the value lies. */
async function readCalibration(file: TiffFile, entry: Entry) {
  const at = await file.pointer(entry);
  if (entry.type !== 4 || at + entry.count * 8 > file.size) return {};
  const view = await file.view(at, entry.count * 8, "tag 33628");
  const values = new Map<number, number>();
  for (let i = 0; i < entry.count; i++) {
    values.set(
      view.getUint32(8 * i, file.littleEndian),
      view.getUint32(8 * i + 4, file.littleEndian),
    );
  }
  const fraction = async (id: number) => {
    const offset = values.get(id);
    if (offset === undefined || offset < 8 || offset + 8 > file.size) return undefined;
    const pair = await file.view(offset, 8, "tag 33628");
    const value = pair.getUint32(0, file.littleEndian) / pair.getUint32(4, file.littleEndian);
    return value > 0 && Number.isFinite(value) ? value : undefined;
  };
  // 3 says whether 4 (x), 5 (y) and 6 (their unit) hold.
  if (values.get(3) === 0) return {};
  const [xCalibration, yCalibration] = [await fraction(4), await fraction(5)];
  const unit = await text(file, values.get(6) ?? 0);
  return {
    ...(xCalibration !== undefined && { xCalibration }),
    ...(yCalibration !== undefined && { yCalibration }),
    ...(unit && { unit }),
  };
}

const LONGEST_UNIT = 64;

/** A text with its length before it. */
async function text(file: TiffFile, at: number): Promise<string> {
  if (at < 8 || at + 4 > file.size) return "";
  const length = (await file.view(at, 4, "a text")).getUint32(0, file.littleEndian);
  if (length > LONGEST_UNIT || at + 4 + length > file.size) return "";
  const view = await file.view(at + 4, length, "a text");
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return new TextDecoder("latin1").decode(bytes).replace(/\0.*$/s, "").trim();
}

/** Words that each plane has under a number of UIC4 that lies before 40 (AbsoluteZ). */
const UIC4_WORDS: Readonly<Record<number, number>> = { 28: 4, 29: 4, 37: 0, 40: 2, 41: 1 };

/** UIC4: blocks of a number and a value for each plane, up to the number 0. */
async function readAbsoluteZ(file: TiffFile, entry: Entry, planes: number): Promise<number[]> {
  for (let at = await file.pointer(entry); at + 2 <= file.size;) {
    const id = (await file.view(at, 2, "tag 33631")).getUint16(0, file.littleEndian);
    const words = UIC4_WORDS[id];
    at += 2;
    if (id === 0 || words === undefined) break;
    if (id === 37) {
      // Stage labels are texts with their length before them.
      for (let plane = 0; plane < planes && at + 4 <= file.size; plane++) {
        at += 4 + (await file.view(at, 4, "tag 33631")).getUint32(0, file.littleEndian);
      }
      continue;
    }
    if (id === 40) {
      const view = await file.view(at, planes * 8, "tag 33631");
      const fraction = (plane: number) =>
        view.getInt32(8 * plane, file.littleEndian) /
        (view.getInt32(8 * plane + 4, file.littleEndian) || 1);
      return Array.from({ length: planes }, (_, plane) => fraction(plane));
    }
    at += planes * words * 4;
  }
  return [];
}
