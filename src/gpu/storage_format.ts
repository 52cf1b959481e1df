/** How a storage keeps numbers; kernels compute in f32 whichever it is. */
export type Format = "f32" | "f16";

/** Bytes of four numbers. */
export const QUAD_BYTES: Readonly<Record<Format, number>> = { f32: 16, f16: 8 };
