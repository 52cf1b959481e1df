import { createHash } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { StoredFile } from "../service/stored_file.ts";
import type { App } from "./app_types.ts";
import { sendFile } from "./send_file.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  json: "application/json",
};

/**
 * Serves the files of a folder as they are at the start, and no other: a request's path is looked
 * up among their names. They are compressed once, for clients that take gzip.
 */
export async function pageRoutes(app: App, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const type = TYPES[name.split(".").at(-1)!];
    if (!isFile || type === undefined) continue;
    const bytes = await Deno.readFile(join(folder, name));
    const plain = inMemory(bytes);
    const packed = inMemory(new Uint8Array(await promisify(gzip)(bytes, { level: 9 })));
    const headers = { "Content-Type": type, Vary: "Accept-Encoding" };
    app.get(
      name === "index.html" ? "/" : `/${name}`,
      (c) =>
        packed.size < plain.size && takesGzip(c.req.header("Accept-Encoding"))
          ? sendFile(c, packed, { ...headers, "Content-Encoding": "gzip" })
          : sendFile(c, plain, headers),
    );
  }
}

/** Whether a client takes gzip, by its Accept-Encoding (RFC 9110, 12.5.3). */
export function takesGzip(accepted = ""): boolean {
  const weights = new Map(
    accepted.toLowerCase().split(",").map((item): [string, number] => {
      const [coding, weight] = item.split(";").map((part) => part.trim());
      return [coding, Number(weight?.match(/^q\s*=\s*([\d.]+)$/)?.[1] ?? 1)];
    }),
  );
  return (weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0) > 0;
}

function inMemory(bytes: Uint8Array<ArrayBuffer>): StoredFile {
  return {
    size: bytes.length,
    etag: createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    read: (start, end) => new Blob([bytes.subarray(start, end)]).stream(),
  };
}
