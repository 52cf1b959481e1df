import { STATUS_CODES } from "node:http";

/** What the page shows of an OpenAPI document. */
interface Document {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description?: string;
  };
  readonly paths?: Readonly<Record<string, unknown>>;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
}

interface Answer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

/** The OpenAPI document as a page without scripts. */
export function docsPage(document: Document): string {
  const { title, version, description = "" } = document.info;
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods as Record<string, Operation>)) {
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...groups.get(tag) ?? [], section(method, path, operation)]);
    }
  }
  const links = [...groups.keys()].map((tag) => `<a href="#${escape(tag)}">${escape(tag)}</a>`);
  const sections = [...groups].map(([tag, parts]) =>
    `<h2 id="${escape(tag)}">${escape(tag)}</h2>${parts.join("")}`
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}: API</title>
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<h1>${escape(title)} <small>${escape(version)}</small></h1>
<p>${escape(description)} <a href="/openapi.json">openapi.json</a></p>
<nav>${links.join(" ")}</nav>
${sections.join("\n")}
</body>
</html>
`;
}

function section(method: string, path: string, operation: Operation): string {
  const { summary = "", description = "", parameters = [], requestBody, responses } = operation;
  const types = Object.keys(requestBody?.content ?? {});
  const rows = parameters.map(({ name, in: place, required, schema = {} }) =>
    row(`${name}${required ? "" : " (optional)"}`, place, valuesOf(schema))
  );
  if (types.length > 0) rows.push(row("body", "", types.join(", ")));
  const answers = Object.entries(responses)
    .filter(([status, { description }]) => description !== STATUS_CODES[Number(status)])
    .map(([status, answer]) =>
      row(status, Object.keys(answer.content ?? {}).join(", "), answer.description ?? "")
    );
  return `<section>
<h3><code>${method.toUpperCase()} ${escape(path)}</code></h3>
<p>${escape(summary)}. ${escape(description)}</p>
<table>${rows.join("")}${answers.join("")}</table>
</section>`;
}

function valuesOf({ type = "", enum: values, default: usual, description = "" }: Schema): string {
  const kind = values ? values.join(" | ") : type;
  return [kind, usual === undefined ? "" : `default ${usual}`, description]
    .filter(Boolean).join("; ");
}

function row(...cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>\n`;
}

function escape(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replace(/[&<>"]/g, (letter) => `&${names[letter]};`);
}

export const DOCS_STYLE = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
nav a { margin-right: 1rem; }
section { border-top: 1px solid #8886; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
td { vertical-align: top; padding: 0.15rem 1rem 0.15rem 0; overflow-wrap: anywhere; }
td:first-child { font-family: ui-monospace, monospace; }
`;
