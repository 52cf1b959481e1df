import assert from "assert";
import { findingOf, modelFinding } from "../../src/cli/doctor_findings.ts";
import { KNOWN } from "../../src/files/self_test.ts";
import { adviceFor } from "../../src/cli/system_advice.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { readGolden, shared } from "../support/shared.ts";

const path = shared("golden/networks/zaugnet_64x64.safetensors");

Deno.test({
  name: "the numbers of the self-test are those of PyTorch",
  ignore: !path,
  fn() {
    const { values: { merged2 }, seed } = readGolden(path!);
    assert.equal(seed, 0);
    for (const [i, value] of KNOWN) assert.ok(Math.abs(merged2.data[i] - value) <= 5e-7, `${i}`);
  },
});

Deno.test("a pass that is too far from PyTorch's numbers is a problem, and so is a NaN", () => {
  const test = { precision: "f32", tolerance: 1e-4, seconds: 1 } as const;
  assert.equal(findingOf({ ...test, difference: 9e-5 }).state, "ok");
  for (const difference of [1.1e-4, NaN]) {
    const { state, advice } = findingOf({ ...test, difference });
    assert.equal(state, "problem");
    assert.match(advice!, /^Predict nothing with this driver: /);
  }
});

Deno.test("a model that is not as it was published is a problem, and one that is gone", () =>
  inTemporaryFolder(async (folder) => {
    const file = `${folder}/zaugnet.safetensors`;
    // SHA-256 of "abc", from FIPS 180-2.
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const find = () => modelFinding({ name: "zaugnet", path: file, sha256 });
    assert.match((await find()).said, /is not there\.$/);
    await Deno.writeTextFile(file, "version https://git-lfs.github.com/spec/v1");
    assert.match((await find()).said, /is not as it was published\.$/);
    await Deno.writeTextFile(file, "abc");
    assert.equal((await find()).state, "ok");
  }));

Deno.test("what to install is said in the words of the system", () => {
  const driver = (release: string) => adviceFor("linux", release).driver;
  assert.match(driver("NAME=Debian\nID=debian\n"), /apt-get install libvulkan1/);
  assert.match(driver('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), /apt-get/);
  assert.match(driver('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), /dnf install/);
  assert.match(driver("ID=arch\n"), /pacman/);
  assert.match(driver('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'), /zypper/);
  assert.match(driver("ID=nixos\n"), /as your system calls them/);
  assert.match(adviceFor("darwin", "").driver, /update macOS/);
  assert.match(adviceFor("windows", "").gpu, /GPU's vendor/);
});
