import { XMLParser } from "fast-xml-parser";
import { damaged, unsupported } from "./tiff_error.ts";

/** An element of OME-XML: attributes as "@Name", children as arrays, its own text as "#text". */
export interface OmeElement {
  readonly [attribute: `@${string}`]: string | undefined;
  readonly "#text"?: string;
  readonly Image?: readonly OmeElement[];
  readonly Pixels?: readonly OmeElement[];
  readonly Channel?: readonly OmeElement[];
  readonly TiffData?: readonly OmeElement[];
  readonly UUID?: readonly OmeElement[];
  readonly BinaryOnly?: readonly OmeElement[];
  readonly StructuredAnnotations?: readonly OmeElement[];
  readonly MapAnnotation?: readonly OmeElement[];
  readonly Value?: readonly OmeElement[];
  readonly M?: readonly OmeElement[];
}

/** Longer metadata are refused: they would take more memory than the planes. */
export const MOST_CHARACTERS = 64 * 2 ** 20;

/** What is parsed at most: hundreds of thousands of planes need less. */
const MOST = { tags: 2 ** 19, attributes: 2 ** 20, entities: 2 ** 18, attributesOfOne: 64 };

/** Whether a description is OME-XML. */
export function isOme(description: string): boolean {
  return /<(\w+:)?OME[\s>]/.test(description.slice(0, 4096));
}

/** Parses OME-XML without ever expanding an entity that the file declares. */
export function parseOme(file: string, description: string): OmeElement {
  if (description.length > MOST_CHARACTERS) {
    throw unsupported(file, `its OME-XML has ${description.length} characters, which is too many`);
  }
  if (/<!(DOCTYPE|ENTITY)/i.test(description)) {
    throw damaged(file, "its OME-XML declares entities (DOCTYPE), which OME-XML never does");
  }
  // What each plane's exposure and place was is not read, and is most of a long text.
  const text = description.replace(/<(\w+:)?Plane\s[^<>]*\/>/g, "");
  requireBounded(file, text);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    removeNSPrefix: true,
    parseTagValue: false,
    processEntities: false,
    alwaysCreateTextNode: true,
    isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
    attributeValueProcessor: (_name, value) => unescape(value),
    tagValueProcessor: (_name, value) => unescape(value),
  });
  let root: { readonly OME?: readonly OmeElement[] };
  try {
    root = parser.parse(text);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw damaged(file, `its OME-XML does not parse: ${what}`, cause);
  }
  if (root.OME?.[0] === undefined) throw damaged(file, "its OME-XML has no OME element");
  return root.OME[0];
}

/** Throws where a text would take more time and memory to parse than a stack's can. */
function requireBounded(file: string, text: string): void {
  const counts = { tags: 0, attributes: 0, entities: 0 };
  let inTag = false;
  let ofOne = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "<") {
      counts.tags++;
      ofOne = 0;
      inTag = true;
    } else if (character === ">") inTag = false;
    else if (character === "&") counts.entities++;
    else if (character === "=" && inTag) {
      counts.attributes++;
      if (++ofOne <= MOST.attributesOfOne) continue;
      throw unsupported(file, "its OME-XML has an element of too many attributes");
    }
  }
  for (const kind of ["tags", "attributes", "entities"] as const) {
    if (counts[kind] <= MOST[kind]) continue;
    throw unsupported(file, `its OME-XML has ${counts[kind]} ${kind}, which is too many`);
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w+));/g, (all, hex, dec, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const code = hex === undefined ? parseInt(dec) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** Escapes a text for an attribute or an element; characters that XML forbids are left out. */
export function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c] ?? "&quot;");
}
