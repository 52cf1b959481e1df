import assert from "assert";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = [
  ...[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "models/README.md",
    "examples/stack/README.md",
  ],
  ...["docs", "docs/decisions"].flatMap((folder) =>
    [...Deno.readDirSync(join(ROOT, folder))].filter(({ name }) => name.endsWith(".md"))
      .map(({ name }) => `${folder}/${name}`)
  ),
];

Deno.test("every test and every file that a document names is there", async () => {
  const missing: string[] = [];
  for (const page of PAGES) {
    const text = await Deno.readTextFile(join(ROOT, page));
    const named = [...text.matchAll(/`((?:tests|bench|src|scripts|examples)\/[\w./+-]+\.\w+)`/g)]
      .map(([, path]) => path);
    const linked = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .map(([, path]) => join(dirname(page), path));
    for (const path of [...named, ...linked]) {
      if (!existsSync(join(ROOT, path))) missing.push(`${page}: ${path}`);
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("every fault of the service names the test that makes it, or says why there is none", async () => {
  const text = await Deno.readTextFile(join(ROOT, "docs/reliability.md"));
  const [, table] = text.split("## Faults")[1].split("\n## ")[0].split(/^\| -+.*\|$/m);
  const rows = table.trim().split("\n").filter((line) => line.startsWith("|"));
  assert.ok(rows.length >= 20);
  for (const row of rows) assert.match(row, /`tests\/[\w/]+\.ts`|none: \S/, row);
});

Deno.test("README and docs/performance.md stay short, with one table of a kind under a heading", async () => {
  const MOST_LINES = { "README.md": 220, "docs/performance.md": 200 };
  for (const [page, most] of Object.entries(MOST_LINES)) {
    const text = await Deno.readTextFile(join(ROOT, page));
    const lines = text.split("\n").length - 1;
    assert.ok(lines <= most, `${page} has ${lines} lines; ${most} are allowed`);
    for (const section of text.split(/^#+ /m)) {
      const heads = [...section.matchAll(/^(\|.*\|)\n\| *-/gm)].map(([, head]) => head);
      assert.equal(
        new Set(heads).size,
        heads.length,
        `${page}: two tables alike under one heading`,
      );
    }
  }
});
