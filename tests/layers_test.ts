import assert from "assert";
import { fileURLToPath } from "node:url";
import { dirname, join, normalize } from "node:path";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MOST_LINES = 250;

/** What each folder of src/ may import beside itself; docs/architecture.md says why. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  gpu: ["wgsl"],
  autograd: ["gpu", "wgsl"],
  nn: ["autograd", "gpu", "wgsl", "random.ts"],
  stack: ["errors.ts"],
  io: ["stack", "errors.ts"],
  sample: ["stack", "random.ts"],
  zaugnet: ["nn", "autograd", "io", "errors.ts"],
  prediction: ["zaugnet", "nn", "autograd", "gpu", "stack", "errors.ts"],
  evaluation: ["prediction", "stack", "errors.ts"],
  training: [
    ...["evaluation", "prediction", "zaugnet", "nn", "autograd", "gpu", "io", "stack"],
    ...["random.ts", "errors.ts"],
  ],
  cli: ["mod.ts", "deno.json", "evaluation", "training"],
};
/** Folders that must also run in a browser, from the same source and without a package. */
const WITHOUT_PACKAGES = ["gpu", "autograd", "nn", "zaugnet"];

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
  /** The same without types, which are gone where it runs. */
  readonly runtimeImports: readonly string[];
}

function* filesUnder(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(ROOT, folder))) {
    if (isDirectory) yield* filesUnder(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

function read(path: string): SourceFile {
  const text = Deno.readTextFileSync(join(ROOT, path));
  const statements = text.matchAll(
    /^\s*(?:import|export)\s+(?:(type\s)?[^;"]*?from )?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm,
  );
  const all = [...statements].map(([, type, from, late]) => ({ type, from: from ?? late }));
  const imports = all.map(({ from }) => from);
  const runtimeImports = all.filter(({ type }) => !type).map(({ from }) => from);
  return { path, folder: path.split("/")[1], text, imports, runtimeImports };
}

const sources = [...filesUnder("src")].filter((path) => path.endsWith(".ts")).map(read);
const isLocal = (from: string) => from.startsWith(".");
const resolve = (path: string, from: string) => normalize(join(dirname(path), from));

Deno.test("every folder of src imports only what lies below it", () => {
  const wrong: string[] = [];
  for (const { path, folder, imports } of sources) {
    for (const from of imports.filter(isLocal)) {
      const target = resolve(path, from);
      const to = target.startsWith("src/") ? target.split("/")[1] : target;
      if (to === folder || !path.includes("/", 4)) continue;
      if (!ALLOWED[folder]?.includes(to)) wrong.push(`${path} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("the engine and the networks' layers import no package", () => {
  const wrong = sources
    .filter(({ folder }) => WITHOUT_PACKAGES.includes(folder))
    .flatMap(({ path, imports }) =>
      imports.filter((from) => !isLocal(from)).map((from) => `${path} imports ${from}`)
    );
  assert.deepEqual(wrong, []);
});

Deno.test("only the command line names Deno", () => {
  const wrong = sources
    .filter(({ folder, text }) => folder !== "cli" && /^[^/*]*\bDeno\./m.test(text))
    .map(({ path }) => path);
  assert.deepEqual(wrong, []);
});

Deno.test("no file imports itself through others", () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    }
    if (done.has(path)) return;
    done.add(path);
    const { runtimeImports } = byPath.get(path) ?? { runtimeImports: [] };
    for (const from of runtimeImports.filter(isLocal)) visit(resolve(path, from), [...trail, path]);
  };
  for (const { path } of sources) visit(path, []);
  assert.deepEqual(circles, []);
});

Deno.test(`no file is longer than ${MOST_LINES} lines`, () => {
  const long = ["src", "tests", "examples"].flatMap((folder) => [...filesUnder(folder)])
    .map((path) => ({
      path,
      lines: Deno.readTextFileSync(join(ROOT, path)).split("\n").length - 1,
    }))
    .filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(long, []);
});
