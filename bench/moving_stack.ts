import { writeStack } from "../tests/support/stacks.ts";

/** Writes a stack of 16 bits whose slices differ, made fast: a picture that moves by one sample. */
export async function writeMovingStack(
  path: string,
  sizes: { readonly z: number; readonly y: number; readonly x: number },
): Promise<void> {
  const area = sizes.y * sizes.x;
  const picture = Uint16Array.from(
    { length: area + sizes.z },
    (_, i) => 20_000 + 10_000 * Math.sin(i / 37) * Math.cos(i / sizes.x / 19),
  );
  const slice = (_t: number, _c: number, z: number) => picture.subarray(z, z + area);
  await writeStack(path, { sizes, sampleType: "uint16" }, slice);
}
