import type { ByteSink, ByteSource } from "../../src/io/byte_source.ts";
import { encodeDirectory, encodeHeader, type Field, textField } from "../../src/io/tiff_fields.ts";

const SHARED = new URL("../../../shared/", import.meta.url);

/** A shared folder beside the project, or undefined, said aloud, where there is none. */
export function sharedFolder(name: string): URL | undefined {
  const folder = new URL(`${name}/`, SHARED);
  try {
    Deno.statSync(folder);
    return folder;
  } catch {
    console.warn(`SKIPPED: the tests that need shared/${name}: it is not beside the project`);
    return undefined;
  }
}

/** A file as a source that reads at offsets, with the files beside it. */
export function fileSource(folder: URL, name: string): ByteSource {
  const url = new URL(encodeURIComponent(name), folder);
  const { size } = Deno.statSync(url);
  return {
    name,
    size,
    async read(offset, length) {
      using file = await Deno.open(url);
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    },
    sibling(other) {
      try {
        return Promise.resolve(fileSource(folder, other));
      } catch {
        return Promise.resolve(undefined);
      }
    },
  };
}

/** A sink that keeps what is written, and how it came. */
export class MemorySink implements ByteSink {
  readonly pieces: Uint8Array[] = [];

  write(bytes: Uint8Array): Promise<void> {
    this.pieces.push(bytes.slice());
    return Promise.resolve();
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

/** Fields by tag; text for a description, numbers for all others. */
export type Tags = Readonly<Record<number, string | number | readonly number[]>>;

/** One little-endian page of 4 x 2 uint8 pixels, unless `tags` say otherwise, and its blocks. */
export function tinyTiff(
  tags: Tags = {},
  ...blocks: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const data = blocks.length > 0 ? blocks : [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)];
  const fieldsAt = (start: number): Field[] => {
    const offsets = data.map((_, i) => start + total(data.slice(0, i)));
    const tiled = 322 in tags;
    const all: Tags = {
      256: 4,
      257: 2,
      258: 8,
      259: 1,
      262: 1,
      277: 1,
      [tiled ? 324 : 273]: offsets,
      [tiled ? 325 : 279]: data.map((block) => block.length),
      ...tags,
    };
    return Object.entries(all).map(([tag, value]): Field => {
      if (typeof value === "string") return textField(Number(tag), value);
      return {
        tag: Number(tag),
        type: "long",
        values: typeof value === "number" ? [value] : value,
      };
    });
  };
  const classic = { big: false };
  const head = encodeHeader(classic);
  const start = head.length + encodeDirectory(fieldsAt(0), 0, 0, classic).length;
  const sink = new MemorySink();
  for (const piece of [head, encodeDirectory(fieldsAt(start), head.length, 0, classic), ...data]) {
    sink.write(piece);
  }
  return sink.bytes;
}

function total(blocks: readonly Uint8Array[]): number {
  return blocks.reduce((sum, block) => sum + block.length, 0);
}

/** Bytes through the platform's deflate. */
export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
