import assert from "assert";
import { basename, dirname, join } from "node:path";
import { EXAMPLE } from "../../src/files/installation.ts";
import { BUNDLED_MODELS } from "../../src/files/bundled_models.ts";

Deno.test("the example stack is the published one, with its licence, and no model saw it", async () => {
  const bytes = await Deno.readFile(EXAMPLE);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  // As the collection's list says it.
  assert.equal(digest, "e257de85f09ab7d5377c00d5607c4726225279135be04095c1862c054f33f452");
  const note = await Deno.readTextFile(join(dirname(EXAMPLE), "README.md"));
  assert.match(note, /CC BY 4\.0/);
  assert.match(note, /NEUBIAS\/training-resources/);
  assert.ok(note.includes(basename(EXAMPLE)));
  for (const { trainedOn } of BUNDLED_MODELS) {
    assert.ok(!trainedOn.some((what) => /nuclear envelope/i.test(what)));
  }
});
