import assert from "assert";
import { join } from "node:path";
import { inTemporaryFolder } from "../support/cli.ts";
import { alone, run, runAlone, temporaryFolder, VERSION, withRelease } from "./released.ts";

let venv: Promise<string> | undefined;

/** The folder of commands of a virtual environment that has the wheel, installed offline. */
async function installed(release: string): Promise<string> {
  return await (venv ??= install(release));
}

async function install(release: string): Promise<string> {
  const folder = temporaryFolder();
  const ran = async (program: string, ...args: string[]) => {
    const { code, stdout, stderr } = await run(program, args, alone());
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  await ran("/usr/bin/python3", "-m", "venv", "--system-site-packages", folder);
  const python = join(folder, "bin/python");
  const site = await ran(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))");
  // A stand-in for PyPI's deno, as pip sees it and as it is used.
  await Deno.mkdir(join(site, "deno"));
  const body = `def find_deno_bin():\n    return ${JSON.stringify(Deno.execPath())}\n`;
  await Deno.writeTextFile(join(site, "deno/__init__.py"), body);
  const info = join(site, `deno-${Deno.version.deno}.dist-info`);
  await Deno.mkdir(info);
  const metadata = `Metadata-Version: 2.1\nName: deno\nVersion: ${Deno.version.deno}\n`;
  await Deno.writeTextFile(join(info, "METADATA"), metadata);
  const wheel = join(release, `zaugnet-${VERSION}-py3-none-any.whl`);
  await ran(python, "-m", "pip", "install", "--quiet", "--no-index", wheel);
  return join(folder, "bin");
}

withRelease("the wheel's command says its version and passes exit codes on", async (release) => {
  const command = join(await installed(release), "zaugnet");
  const { code, stdout, stderr } = await runAlone(command, ["--version"], "/");
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `zaugnet ${VERSION} (Deno ${Deno.version.deno})\n`);
  assert.equal((await runAlone(command, ["info", "none.tif"], "/")).code, 2);
});

/** Runs lines of Python in the environment, in a folder, without a network. */
async function python(release: string, folder: string, script: string) {
  const program = join(await installed(release), "python");
  return await runAlone(program, ["-c", `import numpy, zaugnet\n${script}`], folder);
}

const WAVES = `
def waves(z, y, x, dtype):
    k, j, i = numpy.indices((z, y, x))
    return (100 + 90 * numpy.sin(i / 5 + k / 3) * numpy.cos(j / 6)).astype(dtype)
`;

withRelease(
  "upsample() answers what the command makes of the same stack, originals bit for bit",
  (release) =>
    inTemporaryFolder(async (folder) => {
      const { code, stdout, stderr } = await python(
        release,
        folder,
        `${WAVES}
import subprocess, sys, tifffile
from pathlib import Path
command = str(Path(sys.executable).parent / "zaugnet")
model = Path(zaugnet.__file__).parent / "program/models/zaugnet.safetensors"
for dtype in ("uint8", "uint16", "float32", ">u2"):
    stack = waves(3, 40, 56, dtype)
    dense = zaugnet.upsample(stack, factor=4)
    assert dense.shape == (9, 40, 56) and dense.dtype == stack.dtype, (dense.shape, dense.dtype)
    assert numpy.array_equal(dense[::4], stack)
    plain = stack.astype(stack.dtype.newbyteorder("="))
    tifffile.imwrite("in.tif", plain, imagej=True, metadata={"axes": "ZYX"})
    words = ["predict", "in.tif", "-o", "out.tif", "-m", str(model), "--factor", "4"]
    subprocess.run([command, *words], check=True, capture_output=True)
    assert numpy.array_equal(tifffile.imread("out.tif"), dense), dtype
print("same")`,
      );
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "same\n");
    }),
);

withRelease(
  "upsample() makes z as fine as x where it is asked to",
  (release) =>
    inTemporaryFolder(async (folder) => {
      const { stdout, stderr } = await python(
        release,
        folder,
        `${WAVES}
stack = waves(3, 32, 64, "uint8")[:, :, ::2]
dense = zaugnet.upsample(stack, spacing=(0.75, 0.25, 0.25), factor="isotropic")
print(dense.shape, numpy.array_equal(dense[::3], stack))`,
      );
      assert.equal(stdout, "(7, 32, 32) True\n", stderr);
    }),
);

for (
  const [what, call, sentence] of [
    ["an array of other axes", "numpy.zeros((4, 4), 'uint8')", /axes z, y and x; .*\(4, 4\)\.$/],
    ["another type", "numpy.zeros((2, 4, 4))", /uint8, uint16 or float32; it is float64\.$/],
    [
      "isotropy of unknown voxels",
      "numpy.zeros((2, 4, 4), 'uint8'), factor='isotropic'",
      /spacing/,
    ],
    ["a factor of no sense", "numpy.zeros((2, 4, 4), 'uint8'), factor=0", /factor/],
  ] as const
) {
  withRelease(
    `upsample() refuses ${what} in a sentence`,
    (release) =>
      inTemporaryFolder(async (folder) => {
        const { stderr, code } = await python(release, folder, `zaugnet.upsample(${call})`);
        assert.equal(code, 1);
        assert.match(stderr.trim().split("\n").at(-1)!, /^ValueError: /);
        assert.match(stderr.trim(), sentence);
      }),
  );
}
