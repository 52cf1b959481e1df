/** Bytes that are read at once. */
const CHUNK = 256 * 1024;

/** A file to send, also in parts. */
export interface StoredFile {
  readonly size: number;
  /** Changes with the content; without quotes. */
  readonly etag: string;
  /** Bytes from `start` up to, without, `end`. */
  read(start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * A file as it is now; undefined where there is none, and for a symbolic link, which may lead out of
 * the data folder. It is opened when it is read.
 */
export async function storedFile(path: string): Promise<StoredFile | undefined> {
  const stat = await Deno.lstat(path).catch(() => undefined);
  if (!stat?.isFile) return undefined;
  const { size, mtime, ino } = stat;
  return {
    size,
    etag: [size, mtime?.getTime() ?? 0, ino ?? 0].map((n) => n.toString(36)).join("-"),
    read: (start, end) => part(path, start, end),
  };
}

function part(path: string, start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let file: Deno.FsFile;
  let at = start;
  return new ReadableStream({
    async start() {
      file = await Deno.open(path);
      await file.seek(start, Deno.SeekMode.Start);
    },
    async pull(controller) {
      if (at < end) {
        const bytes = new Uint8Array(Math.min(CHUNK, end - at));
        const count = await file.read(bytes);
        if (count !== null) {
          at += count;
          return controller.enqueue(bytes.subarray(0, count));
        }
      }
      file.close();
      if (at < end) controller.error(new Error(`${path} became shorter while it was sent`));
      else controller.close();
    },
    cancel: () => file.close(),
  });
}
