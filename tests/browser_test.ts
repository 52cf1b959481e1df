import assert from "assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { testAdapter } from "./support/adapter.ts";
import type * as Engine from "./support/browser_entry.ts";

/** Bundles the engine and the networks for a browser; esbuild comes from npm the first time. */
async function bundle(folder: string): Promise<string> {
  const output = join(folder, "engine.js");
  const entry = fileURLToPath(new URL("support/browser_entry.ts", import.meta.url));
  const args = ["bundle", "--quiet", "--no-lock", "--platform", "browser", "--output", output];
  const command = new Deno.Command(Deno.execPath(), { args: [...args, entry] });
  const { success, stderr } = await command.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return output;
}

async function withBundle(test: (path: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "zaugnet-bundle-"));
  try {
    await test(await bundle(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

Deno.test("the engine's bundle names neither Deno nor Node and imports nothing", () =>
  withBundle((path) => {
    const code = readFileSync(path, "utf8");
    assert.ok(code.includes("textureLoad") && code.includes("fn main"), "shaders are inside");
    assert.deepEqual(code.match(/\bDeno\b|\bnode:|\bprocess\.|^import\b.*/gm), null);
  }));

Deno.test("the engine's bundle computes a gradient", () =>
  withBundle(async (path) => {
    const { Device, gradient, ops, Tensor }: typeof Engine = await import(pathToFileURL(path).href);
    const device = await Device.open(await testAdapter());
    const x = Tensor.from(device, [1, 1, 1, 2], [3, 4]);
    x.requiresGrad = true;
    const [g] = gradient(ops.sum(ops.multiply(x, x)), [x]);
    assert.deepEqual([...await g!.read()], [6, 8]);
    device.close();
  }));
