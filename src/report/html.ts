/** Text that is safe and ready to stand in a page. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template takes: text is escaped, {@link Html} is taken as it is, lists are joined. */
export type Piece = string | number | Html | readonly Piece[] | undefined;

/** A template of a page: whatever comes from files or flags is escaped. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.reduce((text, part, i) => text + render(pieces[i - 1]) + part));
}

function render(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Html) return piece.text;
  if (typeof piece === "object") return piece.map(render).join("");
  return escape(String(piece));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** A picture that lies in the page itself. */
export function picture(png: Uint8Array, words: string): Html {
  return html`<img alt="${words}" src="data:image/png;base64,${png.toBase64()}">`;
}
