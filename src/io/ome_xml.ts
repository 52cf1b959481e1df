import { damaged, unsupported } from "./tiff_error.ts";
import { parseXml } from "./xml.ts";

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
  let root: { readonly OME?: readonly OmeElement[] };
  try {
    // What each plane's exposure and place was is not read, and is most of a long text.
    root = parseXml(description, "Plane") as typeof root;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw damaged(file, `its OME-XML does not parse: ${what}`, cause);
  }
  const ome = root.OME?.[0];
  if (typeof ome !== "object") throw damaged(file, "its OME-XML has no OME element");
  return ome;
}
