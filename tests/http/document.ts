import { Validator } from "@cfworker/json-schema";
import assert from "assert";

/** The parts of an OpenAPI document that tests look into. */
export interface OpenApi {
  readonly openapi: string;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required?: boolean;
  readonly schema: { readonly type?: string; readonly enum?: readonly string[] };
}

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** The operation that a request meets; undefined where the document has none. */
export function operationOf(
  { paths }: OpenApi,
  method: string,
  url: string,
): Operation | undefined {
  const parts = url.split("?")[0].split("/");
  const fits = (path: string) => {
    const names = path.split("/");
    return names.length === parts.length &&
      names.every((name, i) => name === parts[i] || name.startsWith("{") && parts[i] !== "");
  };
  // A plain path comes before one with a parameter.
  const found = Object.keys(paths).filter(fits).sort((a, b) => b.localeCompare(a));
  const asked = method === "HEAD" ? "get" : method.toLowerCase();
  return found.map((path) => paths[path][asked]).find((operation) => operation !== undefined);
}

/** Fails where the document does not tell of an answer, or where a JSON answer is another. */
export async function requireDocumented(
  document: OpenApi,
  method: string,
  url: string,
  response: Response,
): Promise<void> {
  const what = `${method} ${url}: ${response.status}`;
  const type = response.headers.get("Content-Type")?.split(";")[0];
  if (response.status >= 400) assert.equal(type, "application/problem+json", what);
  const operation = operationOf(document, method, url);
  if (!operation) return;
  const answer = operation.responses[response.status];
  assert.ok(answer, `${what} is not in the document`);
  if (method === "HEAD" || !answer.content) return;
  assert.ok(type !== undefined && type in answer.content, `${what} of type ${type}`);
  if (!/json$/.test(type)) return;
  const { schema } = answer.content[type];
  const validator = new Validator({ ...schema, components: document.components } as object);
  const { valid, errors } = validator.validate(JSON.parse(await response.text()));
  assert.ok(valid, `${what}: ${JSON.stringify(errors)}`);
}
