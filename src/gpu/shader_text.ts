/** Whole numbers by the names that a shader's loops and expressions use. */
export type Numbers = Readonly<Record<string, number>>;

/** A line of a shader, and the file and line that it was made from. */
export interface ShaderLine {
  readonly text: string;
  readonly place: string;
}

const FOR = /^\s*#for (.*)$/;
const END = /^\s*#end\s*$/;
const RANGE = /^(\w+) < (.+)$/;

/**
 * The lines of a file of src/wgsl with its loops unrolled, for what WGSL wants written out: lanes of
 * `subgroupBroadcast`, and values that are to stay in registers. Lines between `#for i < N` and its
 * `#end` are repeated for i from 0 to N - 1; `#for i < N, j < M` is a loop in a loop. `${…}` becomes
 * the value of its expression: numbers and names with +, *, / and %, where / rounds down and there are
 * no brackets (docs/decisions/0009-kernels-from-one-source.md).
 * @throws {Error} at an unknown name, a malformed loop, or one without its end; names file and line.
 */
export function unrolled(file: string, text: string, numbers: Numbers): ShaderLine[] {
  const lines = text.split("\n").map((text, i) => ({ text, place: `${file}.wgsl:${i + 1}` }));
  return expanded(lines, numbers);
}

function expanded(lines: readonly ShaderLine[], numbers: Numbers): ShaderLine[] {
  const result: ShaderLine[] = [];
  for (let i = 0; i < lines.length; i++) {
    const { text, place } = lines[i];
    const loop = text.match(FOR);
    if (loop) {
      const end = endOf(lines, i);
      result.push(...repeated(lines.slice(i + 1, end), loop[1].split(","), numbers, place));
      i = end;
    } else if (END.test(text)) throw new Error(`${place}: this #end has no #for`);
    else {
      const valued = text.replace(/\$\{(.*?)\}/g, (_, sum) => `${valueOf(sum, numbers, place)}`);
      result.push({ text: valued, place });
    }
  }
  return result;
}

function endOf(lines: readonly ShaderLine[], start: number): number {
  let depth = 0;
  for (let i = start; i < lines.length; i++) {
    if (FOR.test(lines[i].text)) depth++;
    if (END.test(lines[i].text) && --depth === 0) return i;
  }
  throw new Error(`${lines[start].place}: this #for has no #end`);
}

function repeated(
  body: readonly ShaderLine[],
  [range, ...inner]: readonly string[],
  numbers: Numbers,
  place: string,
): ShaderLine[] {
  if (range === undefined) return expanded(body, numbers);
  const parts = range.trim().match(RANGE);
  if (!parts) throw new Error(`${place}: a loop is written #for i < N, not "${range.trim()}"`);
  return Array.from(
    { length: valueOf(parts[2], numbers, place) },
    (_, i) => repeated(body, inner, { ...numbers, [parts[1]]: i }, place),
  ).flat();
}

function valueOf(sum: string, numbers: Numbers, place: string): number {
  return sum.split("+").reduce((total, product) => total + productOf(product, numbers, place), 0);
}

/** Factors are taken from left to right. */
function productOf(product: string, numbers: Numbers, place: string): number {
  const number = (word: string) => {
    const value = /^\d+$/.test(word) ? Number(word) : numbers[word];
    if (value === undefined) throw new Error(`${place}: "${word}" is not a number known here`);
    return value;
  };
  const [first, ...rest] = product.split(/([*\/%])/).map((part) => part.trim());
  let value = number(first);
  for (let i = 0; i < rest.length; i += 2) {
    const factor = number(rest[i + 1]);
    if (rest[i] === "*") value *= factor;
    else value = rest[i] === "/" ? Math.floor(value / factor) : value % factor;
  }
  return value;
}
