/** What was computed of a batch, on the host. */
export interface HostPass {
  /** By name, weighted by the share of the batch. */
  readonly losses: Record<string, number>;
  /**
   * Of the parameters in their order, weighted likewise, values in a tensor's order on the device;
   * undefined where a loss has none.
   */
  readonly gradients: readonly (Float32Array | undefined)[];
}

/**
 * Joins the replicas of one training, each with a part of the batch: a {@link Trainer} calls it
 * between backpropagation and the optimiser's step, in the same order on all of them.
 */
export interface GradientExchange {
  /**
   * The sum over all replicas, in an order that is fixed, so that all get the same bits. The values
   * are to be used before the next call.
   */
  combine(pass: HostPass): Promise<HostPass>;
}
