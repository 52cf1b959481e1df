/** What a page takes of the engine: bundled and run by browser_test.ts. */
export { gradient } from "../../src/autograd/gradient.ts";
export * as ops from "../../src/autograd/ops/mod.ts";
export { scope } from "../../src/autograd/scope.ts";
export { Tensor } from "../../src/autograd/tensor.ts";
export { listAdapters } from "../../src/gpu/adapters.ts";
export { Device } from "../../src/gpu/device.ts";
export { Adam } from "../../src/nn/adam.ts";
export { laplacianLoss } from "../../src/nn/laplacian_loss.ts";
export { Parameters } from "../../src/nn/module.ts";
export { critic } from "../../src/zaugnet/critic.ts";
export { generator } from "../../src/zaugnet/generator.ts";
