import type { FieldValues } from "./tiff_builder.ts";

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
