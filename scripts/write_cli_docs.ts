// Writes docs/cli.md from the tables of options.
import { fileURLToPath } from "node:url";
import { formattedDocument } from "./cli_document.ts";

const path = fileURLToPath(new URL("../docs/cli.md", import.meta.url));
await Deno.writeTextFile(path, await formattedDocument());
