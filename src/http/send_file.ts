import type { StoredFile } from "../service/stored_file.ts";
import type { AppContext } from "./app_types.ts";
import { Problem } from "./problem.ts";

/** Sends a file: whole, in one part (Range, If-Range), its headers only, or as unchanged. */
export function sendFile(
  c: AppContext,
  file: StoredFile,
  headers: Readonly<Record<string, string>>,
): Response {
  const etag = `"${file.etag}"`;
  const known: Record<string, string> = {
    ...headers,
    ETag: etag,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-cache",
  };
  const unchanged = c.req.header("If-None-Match")?.split(",").map((tag) => tag.trim());
  if (unchanged?.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag)) {
    return new Response(null, { status: 304, headers: known });
  }
  const ifRange = c.req.header("If-Range");
  const asked = ifRange === undefined || ifRange === etag ? c.req.header("Range") : undefined;
  const part = partOf(asked, file.size);
  const [start, end] = part ?? [0, file.size];
  if (part) known["Content-Range"] = `bytes ${start}-${end - 1}/${file.size}`;
  return new Response(c.req.method === "HEAD" ? null : file.read(start, end), {
    status: part ? 206 : 200,
    headers: { ...known, "Content-Length": String(end - start) },
  });
}

/** The one part that is asked for; undefined for the whole, which several parts become, too. */
function partOf(range: string | undefined, size: number): [start: number, end: number] | undefined {
  const match = range?.match(/^bytes=(\d*)-(\d*)$/);
  if (!match || match[1] + match[2] === "") return undefined;
  const [first, last] = match.slice(1).map((text) => text === "" ? undefined : Number(text));
  if (first !== undefined && last !== undefined && last < first) return undefined;
  const start = first ?? Math.max(0, size - last!);
  const end = first === undefined ? size : Math.min(size, (last ?? size - 1) + 1);
  if (start < end) return [start, end];
  throw new Problem(416, `The file has ${size} bytes; the part asked for is not among them.`, {
    "Content-Range": `bytes */${size}`,
  });
}
