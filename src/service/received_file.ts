import { createHash } from "node:crypto";
import { InputError } from "../core.ts";

/** What was sent is more than the service takes. */
export class PayloadTooLarge extends InputError {
  override name = "PayloadTooLarge";
}

/** A file that was received whole. */
export interface ReceivedFile {
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Streams a body to `<path>.partial`, has it checked there, and gives it its name. Throws what the
 * body, the disk or the check throws, and leaves nothing behind then.
 */
export async function receiveFile<T>(
  path: string,
  body: ReadableStream<Uint8Array>,
  check: (partial: string) => Promise<T>,
): Promise<ReceivedFile & { readonly found: T }> {
  const partial = `${path}.partial`;
  try {
    const received = await writeStream(partial, body);
    const found = await check(partial);
    await Deno.rename(partial, path);
    return { ...received, found };
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

async function writeStream(path: string, body: ReadableStream<Uint8Array>): Promise<ReceivedFile> {
  const hash = createHash("sha256");
  using file = await Deno.create(path);
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let done = 0; done < chunk.length;) done += await file.write(chunk.subarray(done));
  }
  await file.sync();
  return { bytes, sha256: hash.digest("hex") };
}
