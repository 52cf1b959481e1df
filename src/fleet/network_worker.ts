import {
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

let network: NetworkInterpolator | undefined;

const calls = {
  adapters: adapterFacts,
  async open({ model, precision, ...options }: OpenNetwork): Promise<Opened> {
    const read = readModel(model.bytes, model.name);
    network = new NetworkInterpolator(await openCard(options), read, precision);
    return { memory: network.memory, variant: read.variant };
  },
  async interpolate(
    { requests, height, width }: BatchCall,
    { move }: CallContext,
  ): Promise<BatchAnswer> {
    const slices = await network!.interpolate(requests, height, width);
    move(...slices);
    return { slices, peakBytes: network!.peakDeviceBytes };
  },
  resetPeak: () => network!.resetPeak(),
};

/** What a worker for predictions answers. */
export type NetworkCalls = typeof calls;

answerCalls(calls, () => network?.device.close());
