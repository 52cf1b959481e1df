import assert from "assert";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What each folder of src/ may import from, itself and the ground floor aside. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  wgsl: [],
  gpu: ["wgsl"],
  autograd: ["gpu", "wgsl"],
  nn: ["autograd", "gpu", "wgsl"],
  zaugnet: ["nn", "autograd", "gpu", "io"],
  calibration: ["gpu", "wgsl", "stack"],
  prediction: ["calibration", "zaugnet", "nn", "autograd", "gpu", "stack", "io"],
  inception: ["nn", "autograd", "gpu", "io"],
  evaluation: ["prediction", "calibration", "stack", "io"],
  training: [
    "evaluation",
    "prediction",
    "calibration",
    "zaugnet",
    "nn",
    "autograd",
    "gpu",
    "stack",
    "io",
  ],
  stack: [],
  io: ["stack"],
  sample: ["stack"],
  analysis: ["evaluation", "zaugnet", "nn", "autograd", "gpu", "stack", "io"],
  report: ["analysis", "evaluation", "stack"],
  workers: [],
  fleet: ["core.ts"],
  options: ["core.ts"],
  files: ["core.ts", "options", "fleet", "deno.json", "models/models.json"],
  runs: ["core.ts", "options", "files", "fleet", "deno.json"],
  service: ["core.ts", "options", "runs", "files", "fleet", "deno.json"],
  cli: [
    ...["core.ts", "options", "http", "service", "runs", "files", "fleet"],
    ...["evaluation", "inception", "analysis", "report", "deno.json"],
  ],
  http: ["core.ts", "options", "service", "runs", "files", "fleet", "deno.json"],
  web: ["core.ts", "options", "deno.json"],
};

/** Folders that open files, start workers and read the environment. */
const NAMING_DENO = ["cli", "fleet", "files", "runs", "service", "http"];

/** What all may import. */
const GROUND_FLOOR = [
  "bounds.ts",
  "errors.ts",
  "finite.ts",
  "message.ts",
  "pairwise.ts",
  "random.ts",
  "workers",
];

/** Folders that a browser runs as they are. */
const WITHOUT_DEPENDENCIES = ["gpu", "autograd", "wgsl", "nn", "zaugnet", "workers"];

/** Folders whose files are named after the commands. */
const NAMED_AFTER_COMMANDS = ["cli", "options"];

const MAX_LINES = 250;

function filesOf(folder: string, ...endings: string[]): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort();
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** What a file imports and re-exports, types and `import(…)` included. */
function importsOf(file: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;"]*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;
  return [...textOf(file).matchAll(pattern)].map(([, from, plain]) => from ?? plain);
}

/** A relative import as a path from the root; undefined for a package. */
function resolve(file: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? join(dirname(file), specifier) : undefined;
}

/** The inner door, through which the faces use the core: no layer, as it holds no logic. */
const DOOR = "src/core.ts";

const sources = filesOf("src", ".ts").filter((file) => file !== DOOR);

/** The part of src/ that a file belongs to: a folder, or a file of the ground floor; or mod.ts. */
function partOf(file: string): string {
  const inside = relative("src", file);
  return inside.startsWith("..") ? relative(".", file) : inside.split("/")[0];
}

Deno.test("dependencies point down only", () => {
  const wrong = sources.flatMap((file) => {
    const part = partOf(file);
    const allowed = [part, ...GROUND_FLOOR, ...BELOW[part] ?? []];
    return importsOf(file).map((specifier) => resolve(file, specifier))
      .filter((target) => target !== undefined && !allowed.includes(partOf(target)))
      .map((target) => `${file} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("every folder of src has its place in the layers", () => {
  const parts = new Set(sources.map(partOf).filter((part) => !part.endsWith(".ts")));
  assert.deepEqual([...parts].filter((part) => !(part in BELOW)), []);
  const files = sources.map(partOf).filter((part) => part.endsWith(".ts"));
  assert.deepEqual(files.filter((file) => !GROUND_FLOOR.includes(file)), []);
});

Deno.test("no file imports itself by way of others, types included", () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const specifier of importsOf(file)) {
      const target = resolve(file, specifier);
      if (target?.endsWith(".ts")) visit(target, [...path, file]);
    }
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  assert.deepEqual(cycles, []);
});

Deno.test("only the faces, and what works on files for them, name Deno", () => {
  const named = sources.filter((file) =>
    !NAMING_DENO.includes(partOf(file)) && /\bDeno\./.test(textOf(file))
  );
  assert.deepEqual(named, []);
});

Deno.test("the engine and the networks depend on no package", () => {
  const engine = sources.filter((file) => WITHOUT_DEPENDENCIES.includes(partOf(file)));
  assert.ok(engine.length > 30);
  const packages = engine.flatMap((file) =>
    importsOf(file).filter((specifier) => !resolve(file, specifier)).map((s) => `${file}: ${s}`)
  );
  assert.deepEqual(packages, []);
});

Deno.test("the check of imports sees every form of them", () => {
  const file = "src/autograd/ops/mod.ts";
  assert.deepEqual(importsOf(file).slice(0, 2), ["./activation.ts", "./arithmetic.ts"]);
  const ops = importsOf("src/autograd/ops/arithmetic.ts");
  assert.ok(ops.includes("../../wgsl/fill.wgsl") && ops.includes("../../gpu/device.ts"));
  const several = importsOf("src/autograd/tensor.ts");
  assert.ok(several.includes("./shape.ts"), "an import of several lines");
  assert.ok(several.includes("../gpu/device.ts"), "an import of types");
});

Deno.test("no two files share a name, but for those that are named after a command", () => {
  const names = sources.filter((file) => !NAMED_AFTER_COMMANDS.includes(partOf(file)))
    .map((file) => basename(file))
    .filter((name) => name !== "mod.ts");
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  assert.deepEqual(twice, []);
});

Deno.test(`no file has more than ${MAX_LINES} lines`, () => {
  const long = [...filesOf("src", ".ts", ".wgsl"), ...filesOf("tests", ".ts")]
    .map((file) => ({ file, lines: textOf(file).split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});
