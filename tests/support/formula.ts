export { Formula } from "../../src/sample/formula_weights.ts";
