import { createHash } from "node:crypto";
import { join } from "node:path";
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
 * up among their names.
 */
export async function pageRoutes(app: App, folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const type = TYPES[name.split(".").at(-1)!];
    if (!isFile || type === undefined) continue;
    const file = inMemory(await Deno.readFile(join(folder, name)));
    app.get(
      name === "index.html" ? "/" : `/${name}`,
      (c) => sendFile(c, file, { "Content-Type": type }),
    );
  }
}

function inMemory(bytes: Uint8Array<ArrayBuffer>): StoredFile {
  return {
    size: bytes.length,
    etag: createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    read: (start, end) => new Blob([bytes.subarray(start, end)]).stream(),
  };
}
