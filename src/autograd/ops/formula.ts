/** A shader with an operation's formula, a WGSL expression, where the text says FORMULA. */
export function withFormula(source: string, formula: string): string {
  return source.replace("return FORMULA;", () => `return ${formula};`);
}
