import assert from "assert";
import type { Command } from "commander";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { analyseCommand } from "../src/cli/analyse.ts";
import { calibrateCommand } from "../src/cli/calibrate.ts";
import { checkCommand } from "../src/cli/check.ts";
import { evaluateCommand } from "../src/cli/evaluate.ts";
import { mergeCommand } from "../src/cli/merge.ts";
import { predictCommand } from "../src/cli/predict.ts";
import { trainCommand } from "../src/cli/train.ts";
import { tuneCommand } from "../src/cli/tune.ts";
import { workerCommand } from "../src/cli/worker.ts";
import { InputError, kebabCase, option, phrase } from "../src/core.ts";
import { FLAGS } from "../src/files/flags_face.ts";
import { sentence } from "../src/http/query_face.ts";
import { LABELS, wordsOf } from "../src/web/option_labels.ts";

const SRC = fileURLToPath(new URL("../src", import.meta.url));
const FACES = ["options", "cli", "http", "web"];

/** Files of the program by their paths in src/, without their comments. */
const sources = new Map(
  readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => {
      const text = readFileSync(join(SRC, path), "utf8");
      return [path, text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")];
    }),
);

/** Flags in a text; a decrement such as `--this.#owners` or `--depth === 0` is none. */
const flagsIn = (text: string) =>
  text.match(/(?<!\(|&& )--[a-z][\w-]*|(?<=["'`]\()--[a-z][\w-]*|(?<=\()--[a-z]+-[\w-]*/g) ?? [];

/** The options that messages in some folders of src/ name. */
function named(...folders: string[]): string[] {
  const texts = [...sources].filter(([path]) => folders.includes(path.split("/")[0]));
  const names = texts.flatMap(([, text]) =>
    [...text.matchAll(/\boption\(\s*"(\w+)"/g)].map(([, name]) => name)
  );
  return [...new Set(names)].sort();
}

const TOO_SMALL = new InputError(
  phrase`The critic needs patches of at least 256 pixels: take a larger ${option("patchSize")}, or
    train without it (${option("lambdaAdv", 0)}).`,
);

Deno.test("the command line renders options as flags", () => {
  assert.equal(
    TOO_SMALL.render(FLAGS),
    "The critic needs patches of at least 256 pixels: take a larger --patch-size, or train without " +
      "it (--lambda-adv 0).",
  );
  const list = new InputError(phrase`${option("dpm", [0.3, 0.5])} is bad.`);
  assert.equal(list.render(FLAGS), "--dpm 0.3,0.5 is bad.");
});

Deno.test("the service renders options as its query names them, in a whole sentence", () => {
  assert.equal(
    sentence(TOO_SMALL.said),
    "The critic needs patches of at least 256 pixels: take a larger patch-size, or train without " +
      "it (lambda-adv=0).",
  );
  assert.equal(sentence(phrase`${option("tile", 3)} is bad`), "tile=3 is bad.");
});

Deno.test("the page renders options by the labels of its form, or in plain words", () => {
  assert.equal(
    wordsOf(TOO_SMALL),
    "The critic needs patches of at least 256 pixels: take a larger “Patch side”, or train without " +
      "it (the critic's weight 0).",
  );
});

Deno.test("no text below the faces speaks a face's language", () => {
  const core = [...sources].filter(([path]) => !FACES.includes(path.split("/")[0]));
  assert.ok(core.length > 150);
  assert.deepEqual(core.flatMap(([path, text]) => flagsIn(text).map((f) => `${path}: ${f}`)), []);
});

Deno.test("the search for flags finds them, and takes no decrement for one", () => {
  assert.deepEqual(flagsIn('"--tile must" + `(--lambda-adv 0)` + "use --init."'), [
    ...["--tile", "--lambda-adv", "--init"],
  ]);
  assert.deepEqual(flagsIn("if (--this.shared.owners === 0) i--;"), []);
});

Deno.test("every option that a message names is a flag of a command", () => {
  const commands = [
    ...[predictCommand(), trainCommand(), evaluateCommand(), analyseCommand(), mergeCommand()],
    ...[tuneCommand(), workerCommand(), calibrateCommand(), checkCommand()],
  ];
  const flagsOf = ({ options, commands }: Command): string[] => [
    ...options.flatMap(({ long }) => long ?? []),
    ...commands.flatMap(flagsOf),
  ];
  const flags = commands.flatMap(flagsOf);
  const folders = [...new Set([...sources.keys()].map((path) => path.split("/")[0]))];
  const names = named(...folders);
  assert.ok(names.length > 25 && names.includes("lambdaAdv"));
  assert.deepEqual(names.filter((name) => !flags.includes(`--${kebabCase(name)}`)), []);
});

Deno.test("the page has words for every option that a prediction or a training speaks of", () => {
  /** Of folders, which the page does not choose. */
  const OF_COMMANDS = ["output", "resume"];
  const names = named("prediction", "stack", "training", "runs", "http");
  const unknown = names.filter((name) => !(name in LABELS));
  assert.deepEqual(unknown, OF_COMMANDS);
});
