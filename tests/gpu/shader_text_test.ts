import assert from "assert";
import { type Numbers, unrolled } from "../../src/gpu/shader_text.ts";

/** What becomes of a text, its lines joined. */
function text(source: string, numbers: Numbers = {}): string {
  return unrolled("k", source, numbers).map(({ text }) => text).join("\n");
}

/** The numbers of the lines that the result's lines were made from. */
function origins(source: string): number[] {
  return unrolled("k", source, {}).map(({ place }) => Number(place.match(/^k\.wgsl:(\d+)$/)?.[1]));
}

Deno.test("a text without loops stays as it is, and each line keeps its place", () => {
  const plain = "fn f() {\n  // for i < 3 $x {y}\n}\n";
  assert.equal(text(plain), plain);
  assert.deepEqual(origins(plain), [1, 2, 3, 4]);
});

Deno.test("a loop repeats its lines from 0 on, with its number in place of its name", () => {
  const source = "a\n#for i < 3\nlet v${i} = x[${i}];\n#end\nb";
  assert.equal(text(source), "a\nlet v0 = x[0];\nlet v1 = x[1];\nlet v2 = x[2];\nb");
  assert.deepEqual(origins(source), [1, 3, 3, 3, 5]);
});

Deno.test("a loop of several numbers is a loop in a loop, the last the innermost", () => {
  const expected = "s0_0\ns0_1\ns0_2\ns1_0\ns1_1\ns1_2";
  assert.equal(text("#for q < 2, p < 3\ns${q}_${p}\n#end"), expected);
  assert.equal(text("#for q < 2\n  #for p < 3\ns${q}_${p}\n  #end\n#end"), expected);
});

Deno.test("lines in and around a loop within a loop keep their places", () => {
  const source = "#for q < 2\n{\n  #for p < 2\n  s${p};\n  #end\n}\n#end\nend";
  assert.deepEqual(origins(source), [2, 4, 4, 6, 2, 4, 4, 6, 8]);
});

Deno.test("bounds and values are sums of products of the kernel's numbers and the loops'", () => {
  assert.equal(text("#for i < N / 8\n${i}\n#end", { N: 16 }), "0\n1");
  assert.equal(text("${2 + 3 * N + 1} ${N % 4 * 5}", { N: 6 }), "21 10");
  assert.equal(text("${3 * N / 4 % 8 + 1}", { N: 16 }), "5", "from left to right: 48 / 4 % 8 + 1");
});

Deno.test("a division rounds down", () => {
  assert.equal(text("${7 / 2 * 2}"), "6");
  assert.equal(text("#for i < 7 / 8\nno\n#end"), "");
});

for (
  const [what, source, message] of [
    ["an unknown name", "a\n${2 * M}", 'k.wgsl:2: "M" is not a number known here'],
    ["a name after its loop", "#for i < 1\n#end\n${i}", 'k.wgsl:3: "i" is not a number known here'],
    ["an unknown bound", "#for i < M\n#end", 'k.wgsl:1: "M" is not a number known here'],
    ["an empty expression", "${}", 'k.wgsl:1: "" is not a number known here'],
    [
      "a malformed loop",
      "\n#for i in 3\n#end",
      'k.wgsl:2: a loop is written #for i < N, not "i in 3"',
    ],
    ["a loop without end", "a\n#for i < 3\nb", "k.wgsl:2: this #for has no #end"],
    ["an end without loop", "a\n#end", "k.wgsl:2: this #end has no #for"],
  ] as const
) {
  Deno.test(`${what} is refused with its file and line`, () => {
    assert.throws(() => unrolled("k", source, {}), { message });
  });
}
