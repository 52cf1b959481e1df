import assert from "assert";
import { tarGz } from "../../scripts/tar.ts";
import { inTemporaryFolder } from "../support/cli.ts";

const BYTES = new TextEncoder().encode("z".repeat(700));
const LONG = `${"folder/".repeat(14)}${"n".repeat(90)}`;

Deno.test("tar finds the files, with their modes and a fixed time, also under long paths", () =>
  inTemporaryFolder(async (folder) => {
    const entries = [
      { path: "b/run", bytes: BYTES, executable: true },
      { path: "a", bytes: new Uint8Array() },
      { path: LONG, bytes: BYTES },
    ];
    await Deno.writeFile(`${folder}/x.tar.gz`, tarGz(entries));
    const list = tar("--utc", "--full-time", "-tvzf", `${folder}/x.tar.gz`);
    assert.deepEqual(list.trim().split("\n").map((line) => line.split(/\s+/)), [
      ["-rw-r--r--", "0/0", "0", "1985-10-26", "08:15:00", "a"],
      ["-rwxr-xr-x", "0/0", "700", "1985-10-26", "08:15:00", "b/run"],
      ["-rw-r--r--", "0/0", "700", "1985-10-26", "08:15:00", LONG],
    ]);
    tar("-xzf", `${folder}/x.tar.gz`, "-C", folder);
    assert.deepEqual(await Deno.readFile(`${folder}/${LONG}`), BYTES);
  }));

Deno.test("an archive's bytes do not depend on the order of its files", () => {
  const [a, b] = ["a", "b"].map((path) => ({ path, bytes: BYTES }));
  assert.deepEqual(tarGz([a, b]), tarGz([b, a]));
});

Deno.test("a path that an archive can't hold is refused", () => {
  for (const path of ["n".repeat(101), "µ", "a b"]) {
    assert.throws(() => tarGz([{ path, bytes: BYTES }]), /can't be packed/, path);
  }
});

function tar(...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command("tar", { args }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
