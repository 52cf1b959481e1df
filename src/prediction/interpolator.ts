import type { BandFilter } from "../calibration/band_filter.ts";
import type { CalibrationMap } from "../calibration/map.ts";
import type { AdapterInfo } from "../gpu/adapters.ts";

/** A slice that is asked for: between `before` and `after`, at relative distance `dpm`. */
export interface SliceRequest {
  /** Normalised samples [height][width], mostly in 0..1. */
  readonly before: Float32Array<ArrayBuffer>;
  readonly after: Float32Array<ArrayBuffer>;
  /** Relative distance from `before` in 0..1 (the Digital Propagation Matrix is filled with it). */
  readonly dpm: number;
}

/** What can weigh a network's answers by bands of frequency (docs/calibration.md). */
export interface Calibrator {
  /** What the model's file carries; its answers are taken as they are without one. */
  readonly map?: CalibrationMap;
  readonly filter: BandFilter;
  /** Bytes that the filter takes on each device, beside a batch. */
  readonly filterBytes: number;
}

/** What predicts slices: a network on a device, or a stand-in in a test. */
export interface SliceInterpolator {
  /** False: only dpm 0.5 (ZAugNet). True: any relative distance (ZAugNet+). */
  readonly anyDistance: boolean;
  /** Interpolations under way that keep all its devices busy; 2, those of one, where not given. */
  readonly calls?: number;
  /** Of networks alone. */
  readonly calibrator?: Calibrator;
  /** Bytes on each device at the peak of a batch of planes of height x width. */
  peakBytes(batch: number, height: number, width: number): number;
  /** Bytes that every device lets one interpolation use. */
  readonly memoryLimit: number;
  /** True where one batch of planes of this size fits the device's memory and binding limits. */
  fits(batch: number, height: number, width: number): boolean;
  /**
   * Predicts a batch. Height and width are multiples of 16. Recording is synchronous, so a second
   * call before the first is awaited keeps the device busy.
   */
  interpolate(
    requests: readonly SliceRequest[],
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>[]>;
}

/** A network on one device or on several, with what a user is told of them. */
export interface Predictor extends SliceInterpolator {
  readonly calibrator: Calibrator;
  readonly adapters: readonly Pick<AdapterInfo, "name" | "type">[];
  /** The most bytes in use at once on a device since {@link resetPeak}. */
  readonly peakDeviceBytes: number;
  resetPeak(): void;
}
