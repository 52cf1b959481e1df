/** Bytes that can be read anywhere: a file, a Blob in the browser, an array in a test. */
export interface ByteSource {
  /** What errors call it, usually the file's name. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Reads up to `length` bytes at `offset`; fewer only where the source ends. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Opens a file that lies beside this one, or answers undefined (a stack over several files). */
  sibling?(name: string): Promise<ByteSource | undefined>;
}

/** Bytes that are written one after the other. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** A {@link ByteSource} over bytes in memory. */
export function bytesSource(bytes: Uint8Array<ArrayBuffer>, name = "bytes"): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}
