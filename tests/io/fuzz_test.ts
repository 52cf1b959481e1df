import assert from "assert";
import { fuzz } from "./fuzz.ts";
import { fuzzFiles } from "./fuzz_files.ts";
import { openStack } from "../../src/io/tiff_reader.ts";
import { folderSource } from "./reading_support.ts";

Deno.test("every kind of stack that is mutated is one that is read", async () => {
  for (const [kind, folder] of Object.entries(await fuzzFiles())) {
    const reader = await openStack(folderSource(folder)(Object.keys(folder)[0]));
    assert.ok(reader.info.sizes.z > 1, kind);
  }
});

// All 12,000: deno task bench:fuzz
Deno.test("a stack that was changed anywhere is read or refused, and nothing else", async () => {
  const { faults, refused, read } = await fuzz(680);
  assert.deepEqual(faults, []);
  assert.ok(refused > 100 && read > 100, `${refused} refused, ${read} read`);
});
