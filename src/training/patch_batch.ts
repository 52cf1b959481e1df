/** Patches for one step: planes [count][size][size] in 0..1, joined. */
export interface Batch {
  readonly before: Float32Array<ArrayBuffer>;
  readonly after: Float32Array<ArrayBuffer>;
  readonly truth: Float32Array<ArrayBuffer>;
  /** Where each truth lies between before (0) and after (1). */
  readonly dpm: Float32Array<ArrayBuffer>;
  readonly size: number;
  readonly count: number;
  /** Where this part lies in a batch that replicas share; absent where it is all of it. */
  readonly share?: { readonly from: number; readonly of: number };
}
