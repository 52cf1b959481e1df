import assert from "assert";
import { escapeXml, parseXml } from "../../src/io/xml.ts";

/** As plain objects, to compare. */
const parsed = (text: string, skipped?: string) =>
  JSON.parse(JSON.stringify(parseXml(text, skipped)));

Deno.test("parseXml() reads elements, attributes, texts and character data, prefixes aside", () => {
  const text = `<?xml version="1.0"?><!-- a <b> --><o:A x='1' o:y="a &lt;&#181;&#x3bc;&amp;lt;">` +
    "<B/> t <B>u</B><![CDATA[<raw>]]></o:A>";
  assert.deepEqual(parsed(text), {
    A: [{ "@x": "1", "@y": "a <µμ&lt;", B: [{}, { "#text": "u" }], "#text": "t<raw>" }],
  });
});

Deno.test("parseXml() leaves out what it is asked to, where that has no children", () => {
  assert.deepEqual(parsed("<A><P z='1'/><P><C/></P></A>", "P"), { A: [{ P: [{ C: [{}] }] }] });
});

Deno.test("parseXml() reads what escapeXml() wrote", () => {
  const text = `a & b < c > d "e" &lt; &#65;`;
  assert.equal(parseXml(`<A x="${escapeXml(text)}"/>`).A![0]["@x" as never], text);
});

for (
  const [text, message] of [
    ["<A>", /<A> is not closed/],
    ["<A></B>", /<\/B> at character 3 closes <A>/],
    ["</A>", /closes <>/],
    ["<A x=1/>", /character 0 begins no element/],
    ["<A x='1'y='2'/>", /begins no element/],
    ["<!DOCTYPE a>", /begins no element/],
    ["<A>".repeat(100), /nested more than 64 deep/],
    [`<A ${Array.from({ length: 65 }, (_, i) => `a${i}="1"`).join(" ")}/>`, /begins no element/],
    [`<A>${"&#65;".repeat(70_000)}</A>`, /too many characters as numbers/],
  ] as const
) {
  Deno.test(`parseXml() refuses ${text.slice(0, 20)}`, () => {
    assert.throws(() => parseXml(text), { message });
  });
}

Deno.test("parseXml() takes names of Object's own for what they are", () => {
  const { A } = parseXml("<A><__proto__ toString='1'/></A>");
  assert.equal(typeof A, "object");
  assert.equal(Object.getPrototypeOf({}).toString.call([]), "[object Array]");
});
