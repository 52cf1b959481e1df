import {
  type BandFilter,
  type Calibrator,
  type DeviceMemory,
  type Format,
  type Model,
  NetworkInterpolator,
  readModel,
  type SliceRequest,
} from "../core.ts";
import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import { adapterFacts, openCard, type OpenOptions } from "./worker_device.ts";

/** A model as it comes from a file. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** What a worker for predictions opens. */
export interface OpenNetwork extends OpenOptions {
  readonly model: ModelFile;
  /** In which features are kept; f32 where not given. */
  readonly precision?: Format;
}

/** What a worker for predictions tells when its network is ready. */
export interface Opened {
  readonly memory: DeviceMemory;
  readonly variant: Model["variant"];
  readonly calibrator: Pick<Calibrator, "map" | "filterBytes">;
}

/** A batch to predict. */
export interface BatchCall {
  readonly requests: readonly SliceRequest[];
  readonly height: number;
  readonly width: number;
}

/** What came of it. */
export interface BatchAnswer {
  readonly slices: Float32Array<ArrayBuffer>[];
  readonly peakBytes: number;
}

/** A slice to be summed of its features. */
export type FilterCall = Parameters<BandFilter["apply"]>;

let network: NetworkInterpolator | undefined;

const calls = {
  adapters: adapterFacts,
  async open({ model, precision, ...options }: OpenNetwork): Promise<Opened> {
    const read = readModel(model.bytes, model.name);
    network = new NetworkInterpolator(await openCard(options), read, precision);
    const { memory, calibrator: { map, filterBytes } } = network;
    return { memory, variant: read.variant, calibrator: { map, filterBytes } };
  },
  async interpolate(
    { requests, height, width }: BatchCall,
    { move }: CallContext,
  ): Promise<BatchAnswer> {
    const slices = await network!.interpolate(requests, height, width);
    move(...slices);
    return { slices, peakBytes: network!.peakDeviceBytes };
  },
  async filter(slice: FilterCall, { move }: CallContext): Promise<Float32Array<ArrayBuffer>> {
    const made = await network!.calibrator.filter.apply(...slice);
    move(made);
    return made;
  },
  resetPeak: () => network!.resetPeak(),
};

/** What a worker for predictions answers. */
export type NetworkCalls = typeof calls;

answerCalls(calls, () => network?.device.close());
