import type { SampleType, Slice } from "../stack/stack.ts";
import { unsupported } from "./tiff_error.ts";
import { sampleBytes, storedType } from "./tiff_layout.ts";
import type { PageLayout } from "./tiff_page.ts";

/** The type that a page's samples are computed in. */
export function sampleTypeOf({ sampleFormat, bits }: PageLayout): SampleType {
  if (sampleFormat !== 1 || bits > 16) return "float32";
  return bits <= 8 ? "uint8" : "uint16";
}

/** A plane's or a channel's values in the type that the file stores. */
function storedValues(buffer: ArrayBuffer, layout: PageLayout) {
  switch (storedType(layout)) {
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "float16":
      return new Float16Array(buffer);
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    default:
      return sampleBytes(layout) === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  }
}

/**
 * One channel of a plane of `readPlane`, converted exactly; throws a TiffError that names the
 * slice and the value where a value does not fit float32.
 */
export function toSlice(
  plane: Uint8Array<ArrayBuffer>,
  layout: PageLayout,
  sample: number,
  file: string,
  where: string,
): Slice {
  const { buffer } = layout.samples === 1 ? plane : channelBytes(plane, layout, sample);
  const values = storedValues(buffer, layout);
  if (values instanceof Uint8Array || values instanceof Uint16Array) return values;
  if (values instanceof Float32Array) return values;
  const converted = new Float32Array(values);
  for (let i = 0; i < values.length; i++) {
    if (converted[i] !== values[i] && !Number.isNaN(values[i])) {
      const value = `the ${storedType(layout)} value ${values[i]} at ${where}`;
      throw unsupported(file, `${value} does not fit float32 exactly; convert the stack first`);
    }
  }
  return converted;
}

/** The bytes of one channel of a plane whose pixels hold several. */
export function channelBytes(
  plane: Uint8Array<ArrayBuffer>,
  layout: PageLayout,
  sample: number,
): Uint8Array<ArrayBuffer> {
  const size = sampleBytes(layout);
  const pixels = layout.width * layout.height;
  const picked = new Uint8Array(pixels * size);
  for (let i = 0; i < pixels; i++) {
    const from = (i * layout.samples + sample) * size;
    for (let b = 0; b < size; b++) picked[i * size + b] = plane[from + b];
  }
  return picked;
}

/** Smallest and largest of a plane's values as stored, all channels together; NaN is left out. */
export function extremes(plane: Uint8Array<ArrayBuffer>, layout: PageLayout) {
  const values = storedValues(plane.buffer, layout);
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < min) min = values[i];
    if (values[i] > max) max = values[i];
  }
  return { min, max };
}
