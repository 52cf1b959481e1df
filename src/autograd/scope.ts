import { isRecordingHistory } from "./op.ts";
import { observeTensors, Tensor } from "./tensor.ts";

/** What a scope may return: tensors, or arrays and records of them, and anything else. */
type Result = unknown;

interface Scope {
  readonly tensors: Set<Tensor>;
  readonly parent?: Scope;
}

let current: Scope | undefined;

observeTensors((tensor) => current?.tensors.add(tensor));

/**
 * Runs `record` and frees every tensor made in it, but those that it returns and those that their
 * gradients need. Recording is synchronous, so scopes nest and never interleave.
 */
export function scope<T extends Result>(record: () => T): T {
  const own: Scope = { tensors: new Set(), parent: current };
  current = own;
  try {
    const result = record();
    const kept = new Set<Tensor>();
    collect(result, own, kept);
    for (const tensor of kept) own.parent?.tensors.add(tensor);
    for (const tensor of own.tensors) if (!kept.has(tensor)) tensor.dispose();
    return result;
  } catch (error) {
    for (const tensor of own.tensors) tensor.dispose();
    throw error;
  } finally {
    current = own.parent;
  }
}

/**
 * A scope that lives over waits: what is made in {@link run} stays until {@link dispose}. For work
 * that must read a number before it goes on, such as a training step.
 */
export class Region {
  readonly #own: Scope = { tensors: new Set() };

  /** Records work whose tensors belong to this region. */
  run<T extends Result>(record: () => T): T {
    const before = current;
    current = this.#own;
    try {
      return record();
    } finally {
      current = before;
    }
  }

  /** Frees every tensor of the region. */
  dispose(): void {
    for (const tensor of this.#own.tensors) tensor.dispose();
    this.#own.tensors.clear();
  }
}

/** Takes a tensor out of the scope it was made in: it lives until it is disposed. */
export function keep(tensor: Tensor): Tensor {
  for (let scope = current; scope; scope = scope.parent) scope.tensors.delete(tensor);
  return tensor;
}

/** Frees temporaries before their scope ends, unless a history may need them. */
export function release(...tensors: readonly Tensor[]): void {
  if (isRecordingHistory()) return;
  for (const tensor of tensors) tensor.dispose();
}

/** Finds the scope's own tensors in a result, with those that their history saved. */
function collect(value: Result, own: Scope, kept: Set<Tensor>): void {
  if (value instanceof Tensor) {
    // What an older scope owns can't need anything of this one.
    if (!own.tensors.has(value) || kept.has(value)) return;
    kept.add(value);
    for (const input of value.history?.inputs ?? []) collect(input, own, kept);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, own, kept);
  } else if (value !== null && typeof value === "object" && isRecord(value)) {
    for (const item of Object.values(value)) collect(item, own, kept);
  }
}

function isRecord(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype;
}
