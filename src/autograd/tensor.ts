import type { Device } from "../gpu/device.ts";
import type { Storage } from "../gpu/buffer_pool.ts";
import { type Format, QUAD_BYTES } from "../gpu/storage_format.ts";
import { elements, formatShape, packedQuads, quads, type Shape, ShapeError } from "./shape.ts";
import { download, upload } from "./transfer.ts";

/**
 * A parameter's gradient: a sum over the batch, not taken yet. The uses of one parameter are summed
 * together, sample by sample, so that the bits do not depend on how a batch was cut into parts.
 */
export interface SampleSum {
  /** The gradient among the operands, which may be freed once the sum was taken. */
  readonly g: Tensor;
  readonly operands: readonly Tensor[];
  /** Sums of one kind can be taken together. */
  readonly kind: string;
  /** The sum for the operands of all uses, one use after the other. */
  total(operands: readonly Tensor[]): Tensor;
}

/** How a tensor came to be: what {@link gradient} walks back along. */
export interface History {
  readonly inputs: readonly Tensor[];
  /** Gradients of the inputs, given the gradient of the result; undefined where not asked. */
  readonly backward: (g: Tensor, wanted: readonly boolean[]) => (Tensor | SampleSum | undefined)[];
}

/** Memory that several tensors may share. */
interface Shared {
  readonly storage: Storage;
  owners: number;
}

/** Where a tensor's values lie: in memory of its own, or among the channels of a larger tensor. */
export interface Place {
  readonly storage: Storage;
  /** The first of a sample's quads of channels that is this tensor's. */
  readonly from: number;
  /** From a sample to the next: quads of channels in all. */
  readonly quads: number;
}

let nextId = 0;
let onCreate: (tensor: Tensor) => void = () => {};

/** Lets scopes know of every new tensor. */
export function observeTensors(observer: (tensor: Tensor) => void): void {
  onCreate = observer;
}

/**
 * Values on a device: [batch, channels, height, width], stored with channels packed by four,
 * [n][ceil(c/4)][h][w] of vec4, the spare channels 0; float32, or features of a prediction in half
 * precision. Operations are free functions (`ops`).
 */
export class Tensor {
  /** Grows with creation, so that an operation's inputs have smaller ids than its result. */
  readonly id: number = nextId++;
  history?: History;
  /** True where gradients flow to or through this tensor. */
  requiresGrad = false;
  /** Memory derived from the values and freed with them (packed weights); set on parameters. */
  derived?: Map<string, Storage>;
  readonly #within?: Omit<Place, "storage">;
  #shared?: Shared;

  private constructor(
    readonly device: Device,
    readonly shape: Shape,
    shared: Shared,
    /** Of a part of another tensor: where among its quads of channels. */
    within?: Omit<Place, "storage">,
  ) {
    this.#within = within;
    this.#shared = shared;
    shared.owners++;
    onCreate(this);
  }

  /** Uploads values, row-major in [n][c][h][w]. */
  static from(device: Device, shape: Shape, values: ArrayLike<number>): Tensor {
    checkCount(shape, values);
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return Tensor.#uploaded(device, shape, [data]);
  }

  /** Uploads the entries of a batch, [c][h][w] each. */
  static fromBatch(
    device: Device,
    [c, h, w]: readonly [number, number, number],
    entries: readonly Float32Array[],
  ): Tensor {
    for (const entry of entries) checkCount([1, c, h, w], entry);
    return Tensor.#uploaded(device, [entries.length, c, h, w], entries);
  }

  static #uploaded(device: Device, shape: Shape, parts: readonly Float32Array[]): Tensor {
    device.operation = `upload ${formatShape(shape)}`;
    const tensor = Tensor.empty(device, shape);
    upload(device, tensor.storage, shape, parts);
    return tensor;
  }

  /** Memory without values yet, for an operation to write into. */
  static empty(device: Device, shape: Shape, format: Format = "f32"): Tensor {
    if (shape.some((size) => !Number.isInteger(size) || size < 1)) {
      throw new ShapeError(`Shape ${formatShape(shape)} has a size that is not a positive integer`);
    }
    const storage = device.allocate(packedQuads(shape) * QUAD_BYTES[format], format);
    return new Tensor(device, shape, { storage, owners: 0 });
  }

  get disposed(): boolean {
    return this.#shared === undefined;
  }

  get format(): Format {
    return this.#memory.storage.format;
  }

  /** The device memory; throws once it was freed, and where only a part of it is this tensor's. */
  get storage(): Storage {
    if (this.#within) {
      throw new Error(
        `Tensor ${formatShape(this.shape)} lies within another, and this takes whole ones`,
      );
    }
    return this.#memory.storage;
  }

  /** The same for operations that also take tensors that lie within others. */
  get place(): Place {
    const { storage } = this.#memory;
    return { storage, ...this.#within ?? { from: 0, quads: quads(this.shape[1]) } };
  }

  get #memory(): Shared {
    if (this.#shared) return this.#shared;
    throw new Error(`Tensor ${formatShape(this.shape)} was disposed and is used again`);
  }

  /** Downloads the values, row-major in [n][c][h][w]. */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const [values] = await download(this.device, this.storage, this.shape, 1);
    return values;
  }

  /** Downloads the values of each entry of the batch, row-major in [c][h][w]. */
  async readBatch(): Promise<Float32Array<ArrayBuffer>[]> {
    return await download(this.device, this.storage, this.shape, this.shape[0]);
  }

  /** Replaces the values, in place; graphs that saved this tensor see the new ones. */
  assign(values: Float32Array): void {
    checkCount(this.shape, values);
    upload(this.device, this.storage, this.shape, [values]);
    this.forgetDerived();
  }

  /** Frees what was derived from values that have changed. */
  forgetDerived(): void {
    for (const storage of this.derived?.values() ?? []) this.device.release(storage);
    this.derived?.clear();
  }

  /** The same values without history: gradients stop here. */
  detach(): Tensor {
    return new Tensor(this.device, this.shape, this.#memory, this.#within);
  }

  /**
   * Channels from..from + count - 1 as a tensor in the same memory, without history. Both numbers are
   * multiples of four, since channels are packed by four.
   */
  channels(from: number, count: number): Tensor {
    const [n, channels, h, w] = this.shape;
    if (from % 4 !== 0 || count % 4 !== 0 || from < 0 || count < 1 || from + count > channels) {
      throw new ShapeError(
        `Channels ${from}..${from + count - 1} of ${channels} are not whole quads of them`,
      );
    }
    const { storage: _, ...place } = this.place;
    const within = { ...place, from: place.from + from / 4 };
    return new Tensor(this.device, [n, count, h, w], this.#memory, within);
  }

  /** Tensors that lie side by side in one tensor, in this order, as one in the same memory. */
  static joined(parts: readonly Tensor[]): Tensor | undefined {
    const [first] = parts;
    let end = first.place.from;
    for (const { place, shape } of parts) {
      const follows = place.storage.buffer === first.place.storage.buffer && place.from === end;
      if (!follows || shape[1] % 4 !== 0) return undefined;
      end += shape[1] / 4;
    }
    const { from, quads } = first.place;
    const [n, , h, w] = first.shape;
    const shape: Shape = [n, 4 * (end - from), h, w];
    return new Tensor(first.device, shape, first.#memory, { from, quads });
  }

  /** Frees the memory, or this tensor's share of it. Twice does no harm. */
  dispose(): void {
    if (!this.#shared) return;
    this.forgetDerived();
    if (--this.#shared.owners === 0) this.device.release(this.#shared.storage);
    this.#shared = undefined;
    this.history = undefined;
  }
}

function checkCount(shape: Shape, { length }: ArrayLike<number>): void {
  if (length === elements(shape)) return;
  throw new ShapeError(
    `Shape ${formatShape(shape)} has ${elements(shape)} elements, not ${length}`,
  );
}
