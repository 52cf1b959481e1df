import assert from "assert";
import { fileURLToPath } from "node:url";
import { formattedDocument } from "../../scripts/cli_document.ts";

Deno.test("docs/cli.md is as `deno task docs` writes it", async () => {
  const path = fileURLToPath(new URL("../../docs/cli.md", import.meta.url));
  assert.equal(await Deno.readTextFile(path), await formattedDocument());
});
