import {
  type Calibrator,
  networkFits,
  networkPeakBytes,
  type Predictor,
  type SliceRequest,
} from "../core.ts";
import { type Card, startWorker } from "./cards.ts";
import type { WorkerCalls } from "../workers/worker_calls.ts";
import type { BatchCall, ModelFile, NetworkCalls, Opened, OpenNetwork } from "./network_worker.ts";

const MODULE = new URL("./network_worker.ts", import.meta.url);

/** A network on another card, in a worker. */
export class RemoteInterpolator implements Predictor {
  readonly adapters: Predictor["adapters"];
  readonly anyDistance: boolean;
  readonly memoryLimit: number;
  readonly calibrator: Calibrator;
  peakDeviceBytes = 0;
  readonly #opened: Opened;

  private constructor(readonly worker: WorkerCalls<NetworkCalls>, card: Card, opened: Opened) {
    this.#opened = opened;
    this.adapters = [card];
    this.anyDistance = opened.variant === "zaugnet+";
    this.memoryLimit = opened.memory.memoryLimit;
    this.calibrator = {
      ...opened.calibrator,
      filter: { apply: (...slice) => worker.call("filter", slice) },
    };
  }

  /** Starts a worker that sees only `card`, and loads the model there. */
  static async open(
    card: Card,
    model: ModelFile,
    how: Omit<OpenNetwork, "card" | "model"> = {},
  ): Promise<RemoteInterpolator> {
    const { calls: worker } = await startWorker<NetworkCalls>(card.environment, MODULE);
    const { name, vendor, kernelChoices } = card;
    const options: OpenNetwork = { ...how, card: { name, vendor }, kernelChoices, model };
    try {
      return new RemoteInterpolator(worker, card, await worker.call("open", options));
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  /** Whether its kernels read through textures. */
  get readsTextures(): boolean {
    return this.#opened.memory.readsTextures;
  }

  peakBytes(batch: number, height: number, width: number): number {
    return networkPeakBytes(this.#opened.memory, batch, height, width);
  }

  fits(batch: number, height: number, width: number): boolean {
    return networkFits(this.#opened.memory, batch, height, width);
  }

  async interpolate(
    requests: readonly SliceRequest[],
    height: number,
    width: number,
  ): Promise<Float32Array<ArrayBuffer>[]> {
    const call: BatchCall = { requests, height, width };
    const { slices, peakBytes } = await this.worker.call("interpolate", call);
    this.peakDeviceBytes = peakBytes;
    return slices;
  }

  resetPeak(): void {
    this.peakDeviceBytes = 0;
    // A worker that is lost says so at its next batch.
    this.worker.call("resetPeak").catch(() => {});
  }

  /** Ends the worker when what it computes is done. */
  async close(): Promise<void> {
    await this.worker.close();
  }
}
