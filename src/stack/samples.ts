import type { SampleType, Slice } from "./stack.ts";

/** Bytes of one sample. */
export const SAMPLE_BYTES: Readonly<Record<SampleType, number>> = {
  uint8: 1,
  uint16: 2,
  float32: 4,
};

/** The largest sample of a type. */
export const TOP: Readonly<Record<Exclude<SampleType, "float32">, number>> = {
  uint8: 255,
  uint16: 65535,
};

/** The sample type that a typed array holds. */
export function sampleTypeOf(slice: Slice): SampleType {
  if (slice instanceof Uint8Array) return "uint8";
  return slice instanceof Uint16Array ? "uint16" : "float32";
}

/** Samples that are all 0. */
export function emptySamples(type: SampleType, length: number): Slice {
  if (type === "uint8") return new Uint8Array(length);
  return type === "uint16" ? new Uint16Array(length) : new Float32Array(length);
}
