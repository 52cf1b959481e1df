import { initialParameters } from "../../src/nn/init.ts";
import { randomNumbers } from "../../src/random.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Batch } from "../../src/training/patch_batch.ts";
import type { NetworkSources } from "../../src/training/network_sources.ts";
import { DEFAULT_SETTINGS, type TrainingSettings } from "../../src/training/settings.ts";
import { Trainer } from "../../src/training/trainer.ts";
import type { NetworkWidths } from "../../src/zaugnet/widths.ts";
import { SMALL_WIDTHS } from "../support/formula_model.ts";

/** Settings for tests: small patches, no critic. */
export const TINY: TrainingSettings = {
  ...DEFAULT_SETTINGS,
  batchSize: 2,
  microBatch: 2,
  patchSize: 64,
  lambdaAdv: 0,
};

/** Waves that move from before to after; the truth lies where the distance says. */
export function waveBatch({ batchSize: count, patchSize: size }: TrainingSettings, index: number) {
  const random = randomNumbers("waves", index);
  const plane = () => new Float32Array(count * size * size);
  const [before, truth, after] = [plane(), plane(), plane()];
  const dpm = Float32Array.from({ length: count }, () => 0.25 + 0.5 * random.uniform());
  for (let k = 0; k < count; k++) {
    const length = 4 + 8 * random.uniform();
    const fill = (target: Float32Array, shift: number) => {
      for (let i = 0; i < size * size; i++) {
        const [y, x] = [Math.floor(i / size), i % size];
        target[k * size * size + i] = 0.5 +
          0.3 * Math.sin((x + shift) / length) * Math.cos(y / length);
      }
    };
    fill(before, 0);
    fill(truth, 4 * dpm[k]);
    fill(after, 4);
  }
  const batch: Batch = { before, truth, after, dpm, size, count };
  return batch;
}

/** Networks that train in no time. */
export const SMALL_NETWORKS: NetworkWidths = {
  generator: SMALL_WIDTHS,
  critic: [4, 6, 8, 12, 16, 20],
};

/** Fresh parameters of networks, small ones where nothing else is said. */
export function freshNetworks(seed: number, widths = SMALL_NETWORKS): NetworkSources {
  return { generator: initialParameters(seed), critic: initialParameters(seed + 1), widths };
}

/** A trainer with fresh networks. */
export function freshTrainer(
  device: Device,
  settings: TrainingSettings,
  widths?: NetworkWidths,
): Trainer {
  return new Trainer(device, settings, freshNetworks(settings.seed, widths));
}
