// One release serves all tests of it.
import "./npm_spec.ts";
import "./wheel_spec.ts";
import assert from "assert";
import { dirname, join } from "node:path";
import { sha256 } from "../../src/files/provenance.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { release, ROOT, run, runAlone, temporaryFolder, VERSION, withRelease } from "./released.ts";

withRelease("a release has a package for npm, a wheel and a tarball", (folder) => {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const [tarball, ...others] = names;
  assert.match(tarball, /^zaugnet-[\d.]+-linux-(x64|arm64)\.tar\.gz$/);
  assert.deepEqual(others, [`zaugnet-${VERSION}-py3-none-any.whl`, `zaugnet-${VERSION}.tgz`]);
  return Promise.resolve();
});

withRelease("a release of another copy of the same sources has the same bytes", async (folder) => {
  const copy = temporaryFolder();
  const listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await run("git", listed, { cwd: ROOT });
  for (const path of stdout.trim().split("\n")) {
    if (!await exists(join(ROOT, path))) continue;
    await Deno.mkdir(dirname(join(copy, path)), { recursive: true });
    await Deno.copyFile(join(ROOT, path), join(copy, path));
  }
  await Deno.symlink(join(ROOT, ".tools"), join(copy, ".tools"));
  const again = await release(copy, join(copy, "dist"));
  for (const { name } of Deno.readDirSync(folder)) {
    const [a, b] = await Promise.all([folder, again].map((f) => Deno.readFile(join(f, name))));
    assert.equal(await sha256(a), await sha256(b), name);
  }
});

withRelease(
  "the tarball runs from a folder of any name, without caches or a network",
  (release) =>
    inTemporaryFolder(async (parent) => {
      const folder = join(parent, "a folder");
      await Deno.mkdir(folder);
      const [name] = [...Deno.readDirSync(release)].map(({ name }) => name)
        .filter((name) => name.endsWith(".tar.gz"));
      await run("tar", ["-xzf", join(release, name), "-C", folder]);
      const command = join(folder, name.replace(".tar.gz", ""), "zaugnet");
      const { code, stdout, stderr } = await runAlone(command, ["--version"], folder);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `zaugnet ${VERSION} (Deno ${Deno.version.deno})\n`);
      const model = join(dirname(command), "program/models/zaugnet_plus.safetensors");
      const info = await runAlone(command, ["info", "--json", model], folder);
      assert.match(info.stdout, /ZAugNet\+|zaugnet\+|zaugnet_plus/i, info.stderr);
    }),
);

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
