import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Catalogue } from "../src/files/bundled_models.ts";
import { formatted } from "./formatted.ts";

const FOLDER = fileURLToPath(new URL("../models/", import.meta.url));

/** models/models.json, with the size and digest that each file has now. */
export async function modelsCatalogue(): Promise<Catalogue> {
  const catalogue: Catalogue = JSON.parse(await readFile(`${FOLDER}models.json`, "utf8"));
  const models = await Promise.all(catalogue.models.map(async (model) => {
    const bytes = await readFile(FOLDER + model.file);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { ...model, bytes: bytes.length, sha256 };
  }));
  return { ...catalogue, models };
}

/** models/README.md, its two tables as the catalogue has them. */
export async function modelsReadme(): Promise<string> {
  const { stacks, scores, models } = await modelsCatalogue();
  const names: Readonly<Record<string, string>> = { zaugnet: "ZAugNet", "zaugnet+": "ZAugNet+" };
  const trained = new Set(models.flatMap(({ trainedOn }) => trainedOn));
  const scored = scores.map(({ stack, linear, cubic, pytorch, models: ours }) => [
    trained.has(stack) ? stack : `${stack}, not trained on`,
    ...[linear, cubic].map((psnr) => psnr.toFixed(2)),
    ...Object.keys(names).map((name) => {
      const { psnr, brightness } = ours[name];
      const better = psnr > Math.max(linear, cubic);
      const sign = brightness > 0 ? "+" : "";
      return `${better ? `**${psnr.toFixed(2)}**` : psnr.toFixed(2)} (${sign}${
        brightness.toFixed(2)
      })`;
    }),
    pytorch.toFixed(2),
  ]);
  const tables = {
    scores: [["stack", "linear", "cubic", ...Object.values(names), "PyTorch"], ...scored],
    data: [
      ["stack", "source", "licence"],
      ...Object.entries(stacks).map(([name, { source, licence }]) => [name, source, licence]),
    ],
  };
  let text = await readFile(`${FOLDER}README.md`, "utf8");
  for (const [name, [head, ...rows]] of Object.entries(tables)) {
    const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
    const begun = `<!-- ${name} of models.json, by \`deno task docs\` -->`;
    const before = text.indexOf(begun);
    if (before < 0) throw new Error(`models/README.md has no ${begun}`);
    const [start, end] = [before + begun.length, text.indexOf("\n\n", before + begun.length + 2)];
    text = `${text.slice(0, start)}\n\n${lines.join("\n")}${text.slice(end)}`;
  }
  return await formatted(text, "md");
}
