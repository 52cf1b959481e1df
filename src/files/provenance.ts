import { bytesToHex } from "@noble/hashes/utils.js";
import { basename } from "node:path";
import type { Model } from "../core.ts";
import deno from "../../deno.json" with { type: "json" };

/** With what a stack is predicted, for its metadata: the program and the model. */
export async function provenanceOf(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  { variant }: Model,
): Promise<Record<string, string>> {
  const model = { model: basename(path), model_sha256: await sha256(bytes), variant };
  return { version: deno.version, ...model };
}

/** Hexadecimal SHA-256 of a file's bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
