import type { ByteSink, ByteSource } from "../core.ts";

/** A file of the browser as a {@link ByteSource}; only what is asked for is read. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) =>
      new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/** Gathers what is written; browsers keep large Blobs on disk. */
export class BlobSink implements ByteSink {
  readonly #parts: Blob[] = [];

  write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    return Promise.resolve();
  }

  blob(): Blob {
    return new Blob(this.#parts, { type: "image/tiff" });
  }
}
