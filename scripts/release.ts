// `deno task release [FOLDER]` makes all that is published of a version, in dist/ or the folder that
// is named: docs/release.md. The same commit gives the same bytes.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import deno from "../deno.json" with { type: "json" };
import npmPackage from "../packages/npm/package.json" with { type: "json" };
import { bundleProgram } from "./bundle.ts";
import { shellLauncher, windowsLauncher } from "./launchers.ts";
import { type Entry, tarGz } from "./tar.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PACKAGES = join(ROOT, "packages");
/** Deno of each platform that was installed, as npm's packages. */
const DENOS = join(ROOT, ".tools/node_modules/@deno");
const { version } = deno;

if (import.meta.main) await release(Deno.args[0] ?? join(ROOT, "dist"));

async function release(output: string): Promise<void> {
  await mkdir(output, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), "zaugnet-"));
  try {
    await bundleProgram(work);
    const program = (await filesOf(work)).map((entry) => ({
      ...entry,
      path: `program/${entry.path}`,
    }));
    const made = [
      await npmTarball(program, output),
      await wheel(work, output),
      ...await tarballs(program, output),
    ];
    for (const path of made) console.log(path);
  } finally {
    await rm(work, { recursive: true });
  }
}

async function npmTarball(program: readonly Entry[], output: string): Promise<string> {
  const manifest = { ...npmPackage, version, dependencies: { deno: Deno.version.deno } };
  const own = [
    ...program,
    text("package.json", `${JSON.stringify(manifest, null, 2)}\n`),
    await file("README.md", "packages/npm/README.md"),
    await file("LICENSE"),
    { ...await file("bin/zaugnet.js", "packages/npm/bin/zaugnet.js"), executable: true },
  ];
  return await write(output, `zaugnet-${version}.tgz`, inFolder("package", own));
}

/** Python packs its own. */
async function wheel(program: string, output: string): Promise<string> {
  const { success, stderr } = await new Deno.Command("python3", {
    args: [
      join(PACKAGES, "pypi/build_wheel.py"),
      ...[program, version, Deno.version.deno],
      ...[join(PACKAGES, "pypi/README.md"), join(ROOT, "LICENSE"), output],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return join(output, `zaugnet-${version}-py3-none-any.whl`);
}

/** A folder to unpack for each platform whose Deno is at hand, with a launcher at its root. */
async function tarballs(program: readonly Entry[], output: string): Promise<string[]> {
  const made: string[] = [];
  const platforms = await readdir(DENOS).catch(() => {
    throw new Error(
      `There is no Deno to pack: npm install --prefix .tools deno@${Deno.version.deno}`,
    );
  });
  for (const platform of platforms.sort()) {
    await checkDeno(platform);
    const windows = platform.startsWith("win32");
    const binary = windows ? "deno.exe" : "deno";
    const launcher = windows
      ? text("zaugnet.cmd", windowsLauncher())
      : { ...text("zaugnet", shellLauncher()), executable: true };
    const own = [
      ...program,
      launcher,
      await file("LICENSE"),
      await file("LICENSE-deno", ".tools/node_modules/deno/LICENSE"),
      { path: binary, bytes: await readFile(join(DENOS, platform, binary)), executable: true },
    ];
    const name = `zaugnet-${version}-${platform.replace("-glibc", "")}`;
    made.push(await write(output, `${name}.tar.gz`, inFolder(name, own)));
  }
  return made;
}

async function checkDeno(platform: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(DENOS, platform, "package.json"), "utf8"));
  if (version === Deno.version.deno) return;
  throw new Error(
    `.tools has Deno ${version} for ${platform}, but this is ${Deno.version.deno}: install that.`,
  );
}

/** The files of a folder and of those in it, by their paths from there. */
async function filesOf(folder: string): Promise<Entry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return await Promise.all(
    found.filter((entry) => entry.isFile()).map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return {
        path: relative(folder, path).split(sep).join("/"),
        bytes: await readFile(path),
      };
    }),
  );
}

async function file(path: string, source = path): Promise<Entry> {
  return { path, bytes: await readFile(join(ROOT, source)) };
}

function text(path: string, content: string): Entry {
  return { path, bytes: new TextEncoder().encode(content) };
}

function inFolder(folder: string, entries: readonly Entry[]): Entry[] {
  return entries.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
}

async function write(folder: string, name: string, entries: readonly Entry[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, tarGz(entries));
  return path;
}
