import type { StackReader } from "../stack/stack.ts";
import type { StackOutput } from "./stack_output.ts";
import { createStackWriter } from "./tiff_writer.ts";

/**
 * A whole stack as the bytes of a TIFF: an ImageJ hyperstack by default, or an OME-TIFF. For
 * stacks that memory holds twice; `createStackWriter` streams.
 */
export async function encodeTiff(
  stack: StackReader,
  { format = "imagej" }: { readonly format?: StackOutput["format"] } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { sizes } = stack.info;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const sink = {
    write(bytes: Uint8Array<ArrayBuffer>) {
      pieces.push(bytes);
      return Promise.resolve();
    },
  };
  const writer = createStackWriter(sink, { ...stack.info, format });
  for (let t = 0; t < sizes.t; t++) {
    for (let z = 0; z < sizes.z; z++) {
      for (let c = 0; c < sizes.c; c++) await writer.writeSlice(await stack.readSlice(t, c, z));
    }
  }
  await writer.close();
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
