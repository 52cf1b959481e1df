import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Shape } from "../../src/autograd/shape.ts";
import { readSafetensors } from "../../src/io/safetensors.ts";

/** A folder or file of the shared material, or undefined (said loudly) where it is not there. */
export function shared(path: string): string | undefined {
  const root = new URL(`../../../shared/${path}`, import.meta.url);
  return orWarn(fileURLToPath(root));
}

/** A file of PyTorch's numbers: in ZAUGNET_GOLDEN, or the shared folder's `golden`. */
export function golden(path: string): string | undefined {
  const folder = Deno.env.get("ZAUGNET_GOLDEN");
  return folder ? orWarn(`${folder.replace(/\/$/, "")}/${path}`) : shared(`golden/${path}`);
}

const warned = new Set<string>();

function orWarn(path: string): string | undefined {
  if (existsSync(path)) return path;
  if (!warned.has(path)) console.warn(`SKIPPED: ${path} is not there, so its tests do not run`);
  warned.add(path);
  return undefined;
}

/** A golden file: values by name and the metadata's texts. */
export interface GoldenFile {
  readonly values: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The seed that the formula takes. */
  readonly seed: number;
}

export function readGolden(path: string): GoldenFile {
  const { weights, metadata } = readSafetensors(Deno.readFileSync(path));
  return { values: Object.fromEntries(weights), metadata, seed: Number(metadata.seed) };
}

/** Vectors are channels here: [n] is [1, n, 1, 1]. */
export function shape4(shape: readonly number[]): Shape {
  if (shape.length === 4) return shape as unknown as Shape;
  return shape.length === 1 ? [1, shape[0], 1, 1] : [1, 1, 1, 1];
}
