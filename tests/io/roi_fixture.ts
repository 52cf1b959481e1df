/** A rectangle by ImageJ's .roi format: big-endian, its place in the second header. */
export function roi({ c = 0, z = 0, t = 0, position = 0 }): Uint8Array {
  const view = new DataView(new ArrayBuffer(64 + 64));
  new Uint8Array(view.buffer).set(new TextEncoder().encode("Iout"));
  view.setInt16(4, 228);
  view.setInt32(56, position);
  view.setInt32(60, 64);
  [c, z, t].forEach((value, i) => view.setInt32(64 + 4 + 4 * i, value));
  return new Uint8Array(view.buffer);
}
