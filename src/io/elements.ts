/** How the values of a tensor are stored, as safetensors names it. */
export type ElementType = keyof typeof ELEMENTS;

interface Element {
  readonly size: number;
  /** Takes little-endian bytes that it may keep. */
  readonly widen: (buffer: ArrayBuffer) => Float32Array<ArrayBuffer> | undefined;
}

const ELEMENTS = {
  F64: { size: 8, widen: (buffer) => new Float32Array(new Float64Array(buffer)) },
  F32: { size: 4, widen: (buffer) => new Float32Array(buffer) },
  F16: { size: 2, widen: (buffer) => new Float32Array(new Float16Array(buffer)) },
  BF16: { size: 2, widen: widenBfloat16 },
  I64: { size: 8, widen: (buffer) => exactBig(new BigInt64Array(buffer)) },
  U64: { size: 8, widen: (buffer) => exactBig(new BigUint64Array(buffer)) },
  I32: { size: 4, widen: (buffer) => exact(new Int32Array(buffer)) },
  U32: { size: 4, widen: (buffer) => exact(new Uint32Array(buffer)) },
  I16: { size: 2, widen: (buffer) => new Float32Array(new Int16Array(buffer)) },
  U16: { size: 2, widen: (buffer) => new Float32Array(new Uint16Array(buffer)) },
  I8: { size: 1, widen: (buffer) => new Float32Array(new Int8Array(buffer)) },
  U8: { size: 1, widen: (buffer) => new Float32Array(new Uint8Array(buffer)) },
  BOOL: { size: 1, widen: (buffer) => new Float32Array(new Uint8Array(buffer)) },
} satisfies Record<string, Element>;

/** True where this reader knows the type; 8-bit and complex floats, for one, are not known. */
export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(ELEMENTS, name);
}

/** Bytes of one value. */
export function elementSize(type: ElementType): number {
  return ELEMENTS[type].size;
}

/**
 * Reads little-endian values as float32. F64 rounds to the nearest; integers are never rounded:
 * where float32 cannot hold one of them the answer is undefined.
 * The bytes are a whole number of values.
 */
export function widen(type: ElementType, bytes: Uint8Array): Float32Array<ArrayBuffer> | undefined {
  return ELEMENTS[type].widen(new Uint8Array(bytes).buffer);
}

function widenBfloat16(buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
  const bits = Uint32Array.from(new Uint16Array(buffer), (half) => half << 16);
  return new Float32Array(bits.buffer);
}

function exact(values: Int32Array | Uint32Array): Float32Array<ArrayBuffer> | undefined {
  const floats = new Float32Array(values);
  return values.every((value, i) => value === floats[i]) ? floats : undefined;
}

function exactBig(values: BigInt64Array | BigUint64Array): Float32Array<ArrayBuffer> | undefined {
  const floats = Float32Array.from(values as ArrayLike<bigint>, Number);
  return floats.every((float, i) => BigInt(float) === values[i]) ? floats : undefined;
}
