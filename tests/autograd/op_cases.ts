import type * as ops from "../../src/autograd/ops/mod.ts";
import type { OpCases } from "../support/check_op.ts";
import { ARITHMETIC } from "./op_cases/arithmetic.ts";
import { CONVOLUTION } from "./op_cases/convolution.ts";
import { LAYOUT } from "./op_cases/layout.ts";
import { SAMPLING } from "./op_cases/sampling.ts";

/** How each operation is checked; one that is missing is an error of types. */
export const OP_CASES: Readonly<Record<keyof typeof ops, OpCases>> = {
  ...ARITHMETIC,
  ...CONVOLUTION,
  ...LAYOUT,
  ...SAMPLING,
};
