import type { ByteSource } from "./byte_source.ts";
import { beside, type OpenTiff } from "./description.ts";
import { isOme, MOST_CHARACTERS, type OmeElement, parseOme } from "./ome_xml.ts";
import { TiffFile } from "./tiff_directory.ts";
import { damaged, unsupported } from "./tiff_error.ts";
import { readPages } from "./tiff_page.ts";

/** OME-XML, and the files that its planes lie in. */
export class OmeFiles {
  readonly #opened = new Map<string, Promise<OpenTiff>>();
  readonly #signal?: AbortSignal;

  private constructor(
    /** What errors call it. */
    readonly name: string,
    readonly root: OmeElement,
    readonly text: string,
    /** The file with the XML; undefined where it holds no planes (a companion). */
    readonly own: OpenTiff | undefined,
    readonly source: ByteSource,
    signal?: AbortSignal,
  ) {
    this.#signal = signal;
    if (own !== undefined) this.#opened.set(baseName(own.file.name), Promise.resolve(own));
  }

  /** The OME-XML of a TIFF, or of the file that it names instead. */
  static async of(tiff: OpenTiff, signal?: AbortSignal): Promise<OmeFiles> {
    const { file, fields } = tiff;
    const text = fields.descriptions.find(isOme)!;
    const root = parseOme(file.name, text);
    const elsewhere = root.BinaryOnly?.[0]["@MetadataFile"];
    if (elsewhere === undefined) {
      return new OmeFiles(file.name, root, text, tiff, file.source, signal);
    }
    if (elsewhere === baseName(file.name)) {
      throw damaged(file.name, "its OME-XML stands in itself, it says, and does not");
    }
    const source = await beside(file.source, elsewhere);
    if (source === undefined) {
      const reason = `its OME-XML stands in ${elsewhere}, which is not there`;
      throw damaged(file.name, `${reason}: put the files side by side`);
    }
    const files = await OmeFiles.companion(source, signal);
    files.#opened.set(baseName(file.name), Promise.resolve(tiff));
    return files;
  }

  /** A file that holds OME-XML for others: a text, or the first TIFF of a set. */
  static async companion(source: ByteSource, signal?: AbortSignal): Promise<OmeFiles> {
    const { name, size } = source;
    if (await isXml(source)) {
      if (size > MOST_CHARACTERS) {
        throw unsupported(name, `it has ${size} bytes, more than OME-XML is read of`);
      }
      const text = new TextDecoder().decode(await source.read(0, size));
      return new OmeFiles(name, parseOme(name, text), text, undefined, source, signal);
    }
    const file = await TiffFile.open(source);
    const tiff = { file, ...await readPages(file, signal) };
    const text = tiff.fields.descriptions.find(isOme);
    const root = text === undefined ? undefined : parseOme(name, text);
    if (root === undefined || root.BinaryOnly !== undefined) {
      throw damaged(name, "another file of its stack looks here for OME-XML, and there is none");
    }
    return new OmeFiles(name, root, text!, tiff, source, signal);
  }

  /** The file that a TiffData names, or the one that the XML stands in. */
  async fileOf(data: OmeElement | undefined): Promise<OpenTiff> {
    const uuid = data?.UUID?.[0];
    const name = uuid?.["@FileName"];
    const { own } = this;
    // A file that was renamed is still known by its identifier.
    const renamed = uuid !== undefined && uuid["#text"] === this.root["@UUID"] && !this.#named();
    if (own !== undefined && (name === undefined || renamed)) return own;
    if (name === undefined) {
      throw damaged(this.name, "its OME-XML does not say where its planes are");
    }
    if (/[/\\]|^\.\.?$/.test(name)) {
      throw unsupported(this.name, `its OME-XML points out of the folder, to ${name}`);
    }
    const opening = this.#opened.get(name) ?? this.#open(name);
    this.#opened.set(name, opening);
    return await opening;
  }

  /** Whether any plane is said to lie in the XML's own file by its name of today. */
  #named(): boolean {
    const own = baseName(this.name);
    this.#isNamed ??= (this.root.Image ?? []).some((image) =>
      (image.Pixels?.[0].TiffData ?? []).some((data) => data.UUID?.[0]["@FileName"] === own)
    );
    return this.#isNamed;
  }
  #isNamed?: boolean;

  async #open(name: string): Promise<OpenTiff> {
    const source = await beside(this.source, name);
    if (source === undefined) {
      const needed = `a part of its stack lies in ${name}`;
      throw damaged(this.name, `${needed}, which is not there: put the files side by side`);
    }
    const file = await TiffFile.open(source);
    return { file, ...await readPages(file, this.#signal) };
  }
}

/** A file's name without its folders. */
function baseName(name: string): string {
  return name.split(/[/\\]/).at(-1)!;
}

/** Whether a file is a text that begins as XML does. */
export async function isXml(source: ByteSource): Promise<boolean> {
  const start = new TextDecoder("latin1").decode(await source.read(0, 512));
  return /^(\u00ef\u00bb\u00bf)?\s*<(\?xml|(\w+:)?OME[\s>])/.test(start);
}
