import assert from "assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import deno from "../../deno.json" with { type: "json" };
import { ROOT } from "./released.ts";

const textOf = (path: string) => readFileSync(join(ROOT, path), "utf8");
const WORKFLOWS = readdirSync(join(ROOT, ".github/workflows")).map((n) => `.github/workflows/${n}`);

Deno.test("the newest heading of CHANGELOG.md is the version of deno.json", () => {
  const [, version] = textOf("CHANGELOG.md").match(/^## (\S+)/m)!;
  assert.equal(version, deno.version);
});

Deno.test("whatever fetches Deno fetches the version of scripts/setup.sh", () => {
  const [, expected] = textOf("scripts/setup.sh").match(/^DENO_VERSION=(\S+)$/m)!;
  const named = ["README.md", "docs/release.md", ...WORKFLOWS].flatMap((path) =>
    [...textOf(path).matchAll(/(?:\bdeno(?:\/[\w-]+)?@|deno-version: )([\d.]+\d)/g)]
      .map(([, version]) => `${path}: ${version}`)
  );
  assert.ok(named.length > 5);
  assert.deepEqual(named.filter((line) => !line.endsWith(`: ${expected}`)), []);
});

Deno.test("workflows run tasks and scripts that are there", () => {
  for (const path of WORKFLOWS) {
    const text = textOf(path);
    for (const [, task] of text.matchAll(/\bdeno task (\S+)/g)) assert.ok(task in deno.tasks, task);
    for (const [, file] of text.matchAll(/\bsh (\S+)/g)) assert.ok(textOf(file), file);
  }
});
