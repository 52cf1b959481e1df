import { compressionName, DECODERS } from "./tiff_codecs.ts";
import type { TiffFile } from "./tiff_directory.ts";
import { damaged, unsupported } from "./tiff_error.ts";
import type { Page, PageLayout } from "./tiff_page.ts";

/** A plane larger than this is refused before any memory is taken for it. */
export const MOST_PLANE_BYTES = 2 ** 31;

/** Above this size, data that claim to have been shrunk more than this are taken for hostile. */
const SUSPECT_BYTES = 64 * 2 ** 20;
const MOST_RATIO = 1000;

const FORMATS: Readonly<Record<number, string>> = { 1: "uint", 2: "int", 3: "float" };

/** The sample type in the file: "uint8", "uint12", "int16", "float64"; any number of bits. */
export function storedType({ sampleFormat, bits }: PageLayout): string {
  return `${FORMATS[sampleFormat] ?? `format-${sampleFormat}-`}${bits}`;
}

/** Bytes of one sample once it is unpacked: 1, 2, 4 or 8. */
export function sampleBytes({ bits }: PageLayout): number {
  return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

/** Bytes of a page once it is unpacked, all samples of a pixel included. */
export function planeBytes(layout: PageLayout): number {
  return layout.width * layout.height * layout.samples * sampleBytes(layout);
}

/** Samples that stand side by side in a row of a block: one, where channels lie apart. */
export function interleaved({ planarConfiguration, samples }: PageLayout): number {
  return planarConfiguration === 2 ? 1 : samples;
}

/** Throws a TiffError that names what a page uses and this reader does not know. */
export function requireSupported(file: TiffFile, page: Page, palette: boolean): void {
  const { layout } = page;
  const fault = unsupportedColour(layout, palette) ?? unsupportedSamples(layout) ??
    unsupportedPacking(layout, file.littleEndian);
  if (fault !== undefined) {
    throw unsupported(file.name, `IFD ${page.index} uses ${fault}, which is not supported`);
  }
  const bytes = planeBytes(layout);
  if (bytes > MOST_PLANE_BYTES) {
    const size = `${layout.width} x ${layout.height} pixels (${bytes} bytes)`;
    throw unsupported(
      file.name,
      `IFD ${page.index} claims ${size}; at most 2 GiB a plane are read`,
    );
  }
}

/** Throws where `stored` bytes of compressed data claim to hold `claimed` bytes beyond belief. */
export function requireCredible(file: string, what: string, stored: number, claimed: number) {
  if (claimed <= SUSPECT_BYTES || claimed <= stored * MOST_RATIO) return;
  const reason = `${what} claims ${claimed} bytes from ${stored}, more than ${MOST_RATIO} to 1`;
  throw damaged(file, `${reason}: damaged or hostile`);
}

const COLOURS: Readonly<Record<number, string>> = {
  3: "palette colours",
  4: "a transparency mask",
  5: "CMYK colours",
  6: "YCbCr colours",
  8: "CIE L*a*b* colours",
  32803: "a camera's colour filter array",
};

function unsupportedColour(layout: PageLayout, palette: boolean): string | undefined {
  const { photometric, samples } = layout;
  if (photometric <= 2 || palette && photometric === 3 && samples === 1) return undefined;
  return COLOURS[photometric] ?? `photometric interpretation ${photometric}`;
}

function unsupportedSamples(layout: PageLayout): string | undefined {
  const { sampleFormat, bits } = layout;
  const known: Record<number, boolean> = {
    1: bits <= 16 || bits === 32,
    2: [8, 16, 32].includes(bits),
    3: [16, 32, 64].includes(bits),
  };
  return known[sampleFormat] ? undefined : `${storedType(layout)} samples`;
}

function unsupportedPacking(layout: PageLayout, littleEndian: boolean): string | undefined {
  const { compression, predictor, bits, sampleFormat, fillOrder, depth } = layout;
  if (!DECODERS.has(compression)) return compressionName(compression);
  if (fillOrder !== 1) return `fill order ${fillOrder}`;
  if (depth !== 1) return `volumetric data (depth ${depth})`;
  if (predictor === 1) return undefined;
  // libtiff and tifffile store the high bytes first here, geotiff reads and others write the low
  // bytes first, and nothing in the file tells which it was.
  if (predictor === 3 && !littleEndian) {
    return "the floating-point predictor (3) in a big-endian file, which is written in two ways";
  }
  const fits = predictor === 2 && [8, 16, 32].includes(bits) ||
    predictor === 3 && sampleFormat === 3;
  // Readers differ in whether a predictor counts where the compression does not define one.
  const defined = compression !== 1 && compression !== 32773;
  if (fits && defined) return undefined;
  return `predictor ${predictor} with ${storedType(layout)} and compression ${compression}`;
}
