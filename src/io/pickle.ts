import { CheckpointError } from "./weights.ts";

/** What a pickle can hold here; `T` is what the allowed globals make. */
export type Pickled<T> =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | T
  | PickleGlobal<T>
  | Pickled<T>[]
  | Map<Pickled<T>, Pickled<T>>;

/** A name that a pickle asks for, and what calling it makes, where it may be called. */
export class PickleGlobal<T> {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly Pickled<T>[]) => Pickled<T>,
  ) {}
}

/** Where a pickle meets the world. Both throw a {@link CheckpointError} to refuse. */
export interface PickleHost<T> {
  /** Answers an allowed global, "torch.FloatStorage"; nothing is ever imported. */
  global(name: string): PickleGlobal<T>;
  /** Answers what a persistent id stands for. */
  persistent(id: Pickled<T>): Pickled<T>;
}

/**
 * Reads a pickle, protocols 2 to 5, of plain data and the host's globals. It has no instruction
 * that runs anything: REDUCE calls only what the host answered.
 * Throws a {@link CheckpointError} at the first instruction that it does not know.
 */
export function unpickle<T>(bytes: Uint8Array, host: PickleHost<T>): Pickled<T> {
  const machine = new Machine(bytes, host);
  for (let code = machine.byte(); code !== STOP; code = machine.byte()) {
    const step = INSTRUCTIONS.get(code);
    if (!step) {
      throw new CheckpointError(
        `its pickle has the instruction 0x${code.toString(16)}, which state dicts do not need`,
      );
    }
    step(machine);
  }
  return machine.pop();
}

class Machine<T> {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #marks: number[] = [];
  readonly stack: Pickled<T>[] = [];
  readonly memo = new Map<number, Pickled<T>>();
  readonly host: PickleHost<T>;
  #at = 0;

  constructor(bytes: Uint8Array, host: PickleHost<T>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.host = host;
  }

  take(length: number): Uint8Array {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new CheckpointError("its pickle is cut short");
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Takes `length` bytes and reads a number there. */
  number(length: number, read: (view: DataView, at: number) => number): number {
    this.take(length);
    return read(this.#view, this.#at - length);
  }

  byte = () => this.number(1, (view, at) => view.getUint8(at));
  uint16 = () => this.number(2, (view, at) => view.getUint16(at, true));
  uint32 = () => this.number(4, (view, at) => view.getUint32(at, true));
  int32 = () => this.number(4, (view, at) => view.getInt32(at, true));
  uint64 = () => this.number(8, (view, at) => Number(view.getBigUint64(at, true)));
  float64 = () => this.number(8, (view, at) => view.getFloat64(at));

  /** A two's-complement integer of any length, a bigint only where a number would round. */
  long(length: number): number | bigint {
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = value << 8n | BigInt(byte);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new CheckpointError("its pickle is cut short");
    const line = this.text(end - this.#at);
    this.#at = end + 1;
    return line;
  }

  /** Module and name from the stack. */
  dottedName(): string {
    const [module, name] = this.popMany(2);
    if (typeof module === "string" && typeof name === "string") return `${module}.${name}`;
    throw new CheckpointError("its pickle asks for a global without a name");
  }

  push(value: Pickled<T>): void {
    this.stack.push(value);
  }

  pop(): Pickled<T> {
    const value = this.stack.pop();
    if (value === undefined) throw new CheckpointError("its pickle takes from an empty stack");
    return value;
  }

  mark(): void {
    this.#marks.push(this.stack.length);
  }

  popMark(): Pickled<T>[] {
    const mark = this.#marks.pop() ?? Infinity;
    if (mark > this.stack.length) throw new CheckpointError("its pickle has no mark to go back to");
    return this.stack.splice(mark);
  }

  popMany(count: number): Pickled<T>[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  remember(index: number): void {
    const top = this.pop();
    this.memo.set(index, top);
    this.push(top);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw new CheckpointError(`its pickle has no memo ${index}`);
    this.push(value);
  }

  append(items: Pickled<T>[]): void {
    const list = this.stack.at(-1);
    if (!Array.isArray(list)) throw new CheckpointError("its pickle appends to what is not a list");
    for (const item of items) list.push(item);
  }

  setItems(items: Pickled<T>[]): void {
    const map = this.stack.at(-1);
    if (!(map instanceof Map) || items.length % 2) {
      throw new CheckpointError("its pickle sets items of what is not a dictionary");
    }
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  }

  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof PickleGlobal) || !callee.call || !Array.isArray(args)) {
      throw new CheckpointError(
        `its pickle calls ${
          callee instanceof PickleGlobal ? callee.name : "what is not a function"
        }`,
      );
    }
    this.push(callee.call(args));
  }

  /** Attributes of a dictionary (`_metadata` of a state dict) are dropped; nothing else has any. */
  build(): void {
    this.pop();
    if (!(this.stack.at(-1) instanceof Map)) {
      throw new CheckpointError("its pickle gives attributes to what is not a dictionary");
    }
  }
}

const STOP = 0x2e;

/** Each instruction under its code; the names are those of Python's pickletools. */
const INSTRUCTIONS = new Map<number, <T>(m: Machine<T>) => void>([
  [0x80, (m) => m.byte()], // PROTO
  [0x95, (m) => m.uint64()], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.pop()], // POP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.byte())], // BININT1
  [0x4d, (m) => m.push(m.uint16())], // BININT2
  [0x8a, (m) => m.push(m.long(m.byte()))], // LONG1
  [0x47, (m) => m.push(m.float64())], // BINFLOAT
  [0x58, (m) => m.push(m.text(m.uint32()))], // BINUNICODE
  [0x8c, (m) => m.push(m.text(m.byte()))], // SHORT_BINUNICODE
  [0x54, (m) => m.push(m.text(m.uint32()))], // BINSTRING, of Python 2
  [0x55, (m) => m.push(m.text(m.byte()))], // SHORT_BINSTRING, of Python 2
  [0x42, (m) => m.push(m.take(m.uint32()))], // BINBYTES
  [0x43, (m) => m.push(m.take(m.byte()))], // SHORT_BINBYTES
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x74, (m) => m.push(m.popMark())], // TUPLE
  [0x85, (m) => m.push(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.push(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.push(m.popMany(3))], // TUPLE3
  [0x8f, (m) => m.push([])], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x91, (m) => m.push(m.popMark())], // FROZENSET
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x71, (m) => m.remember(m.byte())], // BINPUT
  [0x72, (m) => m.remember(m.uint32())], // LONG_BINPUT
  [0x94, (m) => m.remember(m.memo.size)], // MEMOIZE
  [0x68, (m) => m.recall(m.byte())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET
  [0x63, (m) => m.push(m.host.global(`${m.line()}.${m.line()}`))], // GLOBAL
  [0x93, (m) => m.push(m.host.global(m.dottedName()))], // STACK_GLOBAL
  [0x52, (m) => m.reduce()], // REDUCE
  [0x81, (m) => m.reduce()], // NEWOBJ
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.push(m.host.persistent(m.pop()))], // BINPERSID
]);
