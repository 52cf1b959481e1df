import { ZSTDDecoder } from "zstddec";
import { decodeLzw } from "./tiff_lzw.ts";

/**
 * Decodes one block to at most `limit` bytes; throws where the data are broken or longer. Where
 * nobody said how long they are (`open`), what follows after `limit` bytes is none of the block's.
 */
type Decode = (bytes: Uint8Array<ArrayBuffer>, limit: number, open?: boolean) =>
  | Uint8Array<ArrayBuffer>
  | Promise<Uint8Array<ArrayBuffer>>;

/** The compressions that are read, by TIFF's number. */
export const DECODERS: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [1, (bytes) => bytes],
  [5, decodeLzw],
  [8, decodeDeflate],
  [32946, decodeDeflate],
  [32773, decodePackBits],
  [50000, decodeZstd],
]);

const REFUSED: Readonly<Record<number, string>> = {
  2: "CCITT RLE",
  3: "CCITT group 3",
  4: "CCITT group 4",
  6: "old-style JPEG",
  7: "JPEG",
  33003: "JPEG 2000",
  33005: "JPEG 2000",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50001: "WebP",
  50002: "JPEG XL",
  52546: "JPEG XL",
};

/** What a compression that is not read is called. */
export function compressionName(compression: number): string {
  return REFUSED[compression] ?? `the unknown compression ${compression}`;
}

/** Deflate grows data up to 1032 times: small steps bound what one step can yield. */
const STEP_BYTES = 16 * 1024;

async function decodeDeflate(bytes: Uint8Array<ArrayBuffer>, limit: number, open = false) {
  if (!open) return await inflate(bytes, limit, { open, fineFrom: Infinity }).output;
  const first = inflate(bytes, limit, { open, fineFrom: Infinity });
  try {
    return await first.output;
  } catch {
    // The platform refuses a step that continues past the end of the data: find that byte by byte.
    const fineFrom = Math.max(0, first.position() - 2 * STEP_BYTES);
    return await inflate(bytes, limit, { open, fineFrom }).output;
  }
}

/** Inflates in steps, which are of one byte from `fineFrom` on; `position` is how far it came. */
function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  limit: number,
  { open, fineFrom }: { readonly open: boolean; readonly fineFrom: number },
) {
  let position = 0;
  const steps = new ReadableStream<BufferSource>({
    pull(controller) {
      if (position >= bytes.length) return controller.close();
      const step = position < fineFrom ? STEP_BYTES : 1;
      controller.enqueue(bytes.subarray(position, position += step));
    },
  });
  const reader = steps.pipeThrough(new DecompressionStream("deflate")).getReader();
  const read = async () => {
    const output = new Uint8Array(limit);
    let written = 0;
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      const piece = open ? step.value.subarray(0, limit - written) : step.value;
      if (written + piece.length > limit) {
        await reader.cancel();
        throw new Error(`the deflate data exceed ${limit} bytes`);
      }
      output.set(piece, written);
      written += piece.length;
      if (!open || written < limit) continue;
      await reader.cancel();
      break;
    }
    return output.subarray(0, written);
  };
  return { output: read(), position: () => position };
}

function decodePackBits(
  bytes: Uint8Array,
  limit: number,
  open = false,
): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(limit);
  let written = 0;
  for (let position = 0; position < bytes.length && !(open && written === limit);) {
    const header = bytes[position++];
    if (header === 128) continue;
    const run = header > 128;
    const length = run ? 257 - header : header + 1;
    if (written + length > limit) throw new Error(`the PackBits data exceed ${limit} bytes`);
    if (position + (run ? 1 : length) > bytes.length) throw new Error("the PackBits data are cut");
    if (run) output.fill(bytes[position++], written, written + length);
    else output.set(bytes.subarray(position, position += length), written);
    written += length;
  }
  return output.subarray(0, written);
}

/** zstddec takes what lies past the end of its memory for memory: stay well under 32 bits. */
const ZSTD_MOST_BYTES = 2 ** 29;

async function decodeZstd(bytes: Uint8Array<ArrayBuffer>, limit: number) {
  if (bytes.length + limit > ZSTD_MOST_BYTES) {
    throw new Error(`a zstd block of more than ${ZSTD_MOST_BYTES} bytes is not supported`);
  }
  const decoder = new ZSTDDecoder();
  await decoder.init();
  // A stream that is broken or longer than `limit` comes back empty, which is too short.
  return new Uint8Array(decoder.decode(bytes, limit));
}
