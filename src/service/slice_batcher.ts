import { InputError, largestBatch, type SliceInterpolator, type SliceRequest } from "../core.ts";

type Plane = Float32Array<ArrayBuffer>;

interface Waiting {
  readonly request: SliceRequest;
  readonly answer: PromiseWithResolvers<Plane>;
}

/** Slices in one pass, at most. */
const MOST = 16;

/**
 * Gathers requests of several callers for planes of one size: all that wait while a pass runs go
 * together in the next.
 */
export class SliceBatcher {
  readonly #network: SliceInterpolator;
  readonly #height: number;
  readonly #width: number;
  readonly #most: number;
  #waiting: Waiting[] = [];
  #running = false;

  /** Throws an InputError where not even one plane fits the device. */
  constructor(
    network: SliceInterpolator,
    height: number,
    width: number,
  ) {
    this.#network = network;
    this.#height = height;
    this.#width = width;
    this.#most = largestBatch(network, { height, width }, MOST);
    if (this.#most === 0) {
      throw new InputError(
        `Slices of ${width} x ${height} are too large for the adapter's memory.`,
      );
    }
  }

  /** Answers when all slices are predicted. */
  async add(requests: readonly SliceRequest[]): Promise<Plane[]> {
    const waiting = requests.map((request) => ({
      request,
      answer: Promise.withResolvers<Plane>(),
    }));
    this.#waiting.push(...waiting);
    void this.#run();
    return await Promise.all(waiting.map(({ answer }) => answer.promise));
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting.length > 0) {
      // A turn of the event loop: messages that came meanwhile bring their requests, too.
      await new Promise((resolve) => setTimeout(resolve));
      const batch = this.#waiting.splice(0, this.#most);
      try {
        const requests = batch.map(({ request }) => request);
        const planes = await this.#network.interpolate(requests, this.#height, this.#width);
        batch.forEach(({ answer }, i) => answer.resolve(planes[i]));
      } catch (error) {
        for (const { answer } of batch) answer.reject(error);
      }
    }
    this.#running = false;
  }
}
