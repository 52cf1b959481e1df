/** The operations: the engine's vocabulary, each with its gradient. */
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./batch.ts";
export * from "./broadcasting.ts";
export * from "./conv2d.ts";
export * from "./gaussian_blur.ts";
export * from "./layout.ts";
export * from "./pool.ts";
export * from "./reduction.ts";
export * from "./reframe.ts";
export * from "./resize.ts";
export * from "./warp.ts";
