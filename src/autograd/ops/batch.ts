import { QUAD_BYTES } from "../../gpu/storage_format.ts";
import { defineOp } from "../op.ts";
import { packedQuads, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const selectBatchOp = defineOp<readonly number[]>("selectBatch", {
  shape([[n, c, h, w]], entries) {
    const strange = entries.find((entry) => !(Number.isInteger(entry) && entry >= 0 && entry < n));
    if (strange !== undefined) throw new ShapeError(`there is no entry ${strange} among ${n}`);
    return [entries.length, c, h, w];
  },
  forward(device, [x], y, entries) {
    const bytes = QUAD_BYTES[x.storage.format] * packedQuads(x.shape) / x.shape[0];
    // Entries that follow one another in x are one copy.
    for (let first = 0, next = 0; first < entries.length; first = next) {
      next = first + 1;
      while (entries[next] === entries[next - 1] + 1) next++;
      device.copy(
        x.storage,
        entries[first] * bytes,
        y.storage,
        first * bytes,
        (next - first) * bytes,
      );
    }
  },
  gradients: [{ notDifferentiable: "it is for prediction, which takes no gradient" }],
});

/** The batch's entries of these numbers, in this order: y[i] = x[entries[i]]. No gradient. */
export function selectBatch(x: Tensor, entries: readonly number[]): Tensor {
  return selectBatchOp([x], entries);
}
