// Writes docs/cli.md from the tables of options, and what models/models.json says of its files.
import { fileURLToPath } from "node:url";
import { formattedDocument } from "./cli_document.ts";
import { formatted } from "./formatted.ts";
import { modelsCatalogue, modelsReadme } from "./models_document.ts";

const write = (path: string, text: string) =>
  Deno.writeTextFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), text);

await write("docs/cli.md", await formattedDocument());
await write("models/models.json", await formatted(JSON.stringify(await modelsCatalogue()), "json"));
await write("models/README.md", await modelsReadme());
