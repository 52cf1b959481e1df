export { Formula } from "../../src/sample/formula.ts";
