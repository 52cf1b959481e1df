import type { PackedError } from "./packed_error.ts";

/** What a worker is sent. */
export type ToWorker =
  | {
    readonly type: "call";
    readonly id: number;
    readonly name: string;
    readonly argument: unknown;
  }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "close" };

/** What it sends: of each call its progress, and one answer or error. */
export type FromWorker =
  | { readonly type: "progress"; readonly id: number; readonly progress: unknown }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: PackedError }
  | { readonly type: "closed" };
