import assert from "assert";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A block of a document that names the file in which it belongs. */
interface Block {
  readonly file: string;
  readonly text: string;
}

function blocksOf(document: string): Block[] {
  return [...document.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)]
    .map(([, file, text]) => ({ file, text }));
}

/** Writes a new file, or puts a block into one, after the line that is the block's first. */
function follow(folder: string, { file, text }: Block): void {
  const path = join(folder, file);
  if (!existsSync(path)) return writeFileSync(path, text);
  const before = readFileSync(path, "utf8");
  const [line] = text.split("\n", 1);
  assert.ok(before.includes(`\n${line}\n`), `${file} has no line "${line}"`);
  writeFileSync(path, before.replace(`\n${line}\n`, () => `\n${text}`));
}

Deno.test("who follows the document has two more operations, which pass their checks", async () => {
  const document = readFileSync(join(ROOT, "docs/adding_an_op.md"), "utf8");
  const [, paths] = document.match(/^deno task test (.*ops_test\.ts.*)$/m)!;
  const folder = await Deno.makeTempDir();
  try {
    for (const part of ["src", "tests", "mod.ts", "deno.json", "deno.lock"]) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    for (const block of blocksOf(document)) follow(folder, block);
    const filter = "/^(tanh|mirror)\\(\\)|every exported operation/";
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--frozen", "--allow-all", "--filter", filter, ...paths.split(" ")],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    assert.ok(success, said);
    for (const name of ["tanh", "mirror"]) {
      assert.match(said, new RegExp(`^${name}\\(\\) answers what its formula says.* ok`, "m"));
      assert.match(said, new RegExp(`^${name}\\(\\) has the gradients of finite.* ok`, "m"));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
