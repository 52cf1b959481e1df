/** An element of XML: attributes as "@Name", children as arrays, its own text as "#text". */
export interface XmlElement {
  readonly [attribute: `@${string}`]: string | undefined;
  readonly "#text"?: string;
  readonly [child: string]: readonly XmlElement[] | string | undefined;
}

/** What is parsed at most: hundreds of thousands of planes need less. */
const MOST = { tags: 2 ** 20, attributesOfOne: 64, depth: 64 };

const NAME = String.raw`[\w:.\u0080-\uffff-]+`;
const ATTRIBUTES = String.raw`(?:\s+${NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))`;

/** A comment or instruction, character data, the end of an element, or its start. */
const TOKEN = new RegExp(
  String.raw`<(?:!--[^]*?-->|\?[^]*?\?>|!\[CDATA\[([^]*?)\]\]>|/(${NAME})\s*>|` +
    String.raw`(${NAME})(${ATTRIBUTES}{0,${MOST.attributesOfOne}})\s*(/?)>)`,
  "y",
);

const ATTRIBUTE = new RegExp(String.raw`(${NAME})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')`, "g");

/**
 * Parses XML in one pass; prefixes of names are dropped, and no entity that a text declares is ever
 * known. `skipped` names elements without children that are left out. Throws an Error that says
 * where the text is none, or of more tags, attributes or depth than metadata have.
 */
export function parseXml(text: string, skipped?: string): XmlElement {
  const root = element();
  const open: { readonly name: string; readonly element: Building }[] = [{
    name: "",
    element: root,
  }];
  let tags = 0;
  let at = 0;
  for (let start = text.indexOf("<"); start >= 0; start = text.indexOf("<", at)) {
    const { element: parent, name: within } = open.at(-1)!;
    addText(parent, text.slice(at, start), unescape);
    TOKEN.lastIndex = start;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`character ${start} begins no element`);
    if (++tags > MOST.tags) throw new Error(`it has more than ${MOST.tags} tags`);
    at = TOKEN.lastIndex;
    const [, data, closed, opened, attributes, empty] = match;
    if (data !== undefined) addText(parent, data, (as) => as);
    else if (closed !== undefined) {
      if (closed !== within) {
        throw new Error(`</${closed}> at character ${start} closes <${within}>`);
      }
      open.pop();
    } else if (opened !== undefined) {
      const name = local(opened);
      if (empty && name === skipped) continue;
      const child = element();
      for (const [, key, double, single] of attributes.matchAll(ATTRIBUTE)) {
        child[`@${local(key)}`] = unescape(double ?? single);
      }
      const siblings = parent[name];
      if (Array.isArray(siblings)) siblings.push(child);
      else parent[name] = [child];
      if (empty) continue;
      open.push({ name: opened, element: child });
      if (open.length > MOST.depth) throw new Error(`it is nested more than ${MOST.depth} deep`);
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  return root as XmlElement;
}

type Building = { [key: string]: Building[] | string };

/** Without a prototype, so that no name is one of Object's own. */
function element(): Building {
  return Object.create(null);
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function addText(to: Building, text: string, read: (text: string) => string): void {
  const trimmed = text.trim();
  if (trimmed !== "") to["#text"] = `${to["#text"] ?? ""}${read(trimmed)}`;
}

/** More characters written as numbers stand in no metadata. */
const MOST_NUMBERED = 2 ** 16;

function unescape(text: string): string {
  if (!text.includes("&")) return text;
  const named = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'");
  let numbered = 0;
  const whole = named.replace(/&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));/g, (all, hex, decimal) => {
    if (++numbered > MOST_NUMBERED) throw new Error("it writes too many characters as numbers");
    const code = hex === undefined ? parseInt(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
  // The last of all, so that what it makes is never taken for another entity.
  return whole.replaceAll("&amp;", "&");
}

/** Escapes a text for an attribute or an element; characters that XML forbids are left out. */
export function escapeXml(text: string): string {
  return text.replace(/[^\t\n\r -\ufffd]/g, "")
    .replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c] ?? "&quot;");
}
