import { bytesToHex } from "@noble/hashes/utils.js";
import { basename } from "node:path";
import type { Model } from "../../mod.ts";
import deno from "../../deno.json" with { type: "json" };

/** With what a stack is predicted, for its metadata: the program and the model. */
export async function provenanceOf(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  { variant }: Model,
): Promise<Record<string, string>> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const model = { model: basename(path), model_sha256: bytesToHex(digest), variant };
  return { version: deno.version, ...model };
}
