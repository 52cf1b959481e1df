import assert from "assert";
import { type ByteSource, bytesSource } from "../../src/io/byte_source.ts";
import type { StackOptions } from "../../src/io/stack_options.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import type { StackInfo } from "../../src/stack/stack.ts";
import { HEIGHT, numberOf, type Storage, WIDTH } from "./tiff_builder.ts";

/** Both byte orders, classic and BigTIFF. */
export const STORAGES: readonly Storage[] = [
  { littleEndian: true },
  { littleEndian: false },
  { littleEndian: true, big: true },
  { littleEndian: false, big: true },
];

/** Opens a file and checks its sizes, and that each slice is the plane with the number expected. */
export async function reads(
  source: Uint8Array<ArrayBuffer> | ByteSource,
  [t, c, z]: readonly [number, number, number],
  numberAt: (t: number, c: number, z: number) => number,
  options: StackOptions = {},
): Promise<StackInfo> {
  const file = source instanceof Uint8Array ? bytesSource(source, "a.tif") : source;
  const reader = await openStack(file, options);
  assert.deepEqual(reader.info.sizes, { t, c, z, y: HEIGHT, x: WIDTH });
  for (let i = 0; i < t; i++) {
    for (let j = 0; j < c; j++) {
      for (let k = 0; k < z; k++) {
        const number = numberOf(await reader.readSlice(i, j, k));
        assert.equal(number, numberAt(i, j, k), `t=${i}, c=${j}, z=${k}`);
      }
    }
  }
  return reader.info;
}

/** Opens a file that is refused with this sentence. */
export async function refused(bytes: Uint8Array<ArrayBuffer>, message: RegExp) {
  await assert.rejects(openStack(bytesSource(bytes, "a.tif")), { name: "TiffError", message });
}

/** Files of one folder in memory, each of which finds the others. */
export function folderSource(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>) {
  return (name: string): ByteSource => ({
    ...bytesSource(files[name], name),
    sibling: (other) => Promise.resolve(other in files ? folderSource(files)(other) : undefined),
  });
}
