import assert from "assert";
import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModel, formulaModelFile } from "../support/formula_model.ts";
import { writeStack } from "../support/stacks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What is no command of `zaugnet` that ends by itself, and a test that runs it, with its words. */
const ELSEWHERE: Readonly<Record<string, readonly [test: string, words: string]>> = {
  "deno task release": ["tests/packages/released.ts", '"task", "release"'],
  "npm install -g ./dist/zaugnet-*.tgz": ["tests/packages/npm_spec.ts", '"install"'],
  "zaugnet serve": ["tests/packages/npm_spec.ts", '"serve"'],
};
/** The scripts that the last tests here run. */
const SCRIPTS = { demo: "scripts/demo.sh", test: "scripts/test.sh" };
const HERE = Object.values(SCRIPTS).map((script) => `sh ${script}`);

/** The commands of the README's blocks for a shell, in order, without their comments. */
async function commands(): Promise<string[]> {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  return [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block.trim().split("\n"))
    .map((line) => line.replace(/\s+#.*/, "").trim()).filter(Boolean);
}

/** Runs a program in a folder and answers what it printed. */
async function run(program: string, args: readonly string[], cwd: string, env = {}) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], cwd, env })
    .output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, `${args.join(" ")}\n${text}${new TextDecoder().decode(stderr)}`);
  return text;
}

Deno.test("every command of the README's that ends by itself works, in order, in one folder", () =>
  inTemporaryFolder(async (folder) => {
    await writeStack(`${folder}/stack.tif`);
    await Deno.mkdir(`${folder}/stacks`);
    await writeStack(`${folder}/stacks/a.tif`);
    await Deno.writeFile(`${folder}/model.pt`, formulaModel("zaugnet"));
    const zaugnet = deno.tasks.zaugnet.split(" ").slice(1, -1);
    const program = [...zaugnet, "--config", `${ROOT}deno.json`, `${ROOT}src/cli/main.ts`];
    const lines = (await commands()).filter((line) => !(line in ELSEWHERE) && !HERE.includes(line));
    assert.ok(lines.length >= 9 && lines.every((line) => line.startsWith("zaugnet ")));
    for (const line of lines) {
      const [, ...args] = line.split(" ");
      await run(Deno.execPath(), [...program, ...args], folder, { XDG_DATA_HOME: folder });
    }
    const made = [
      ...["out/nuclear_envelope_fly_embryo_xz.png", "stack_zaugnet.tif", "out.ome.tif"],
      ...["results/a.tif", "out.tif"],
    ];
    for (const name of made) assert.ok((await Deno.stat(`${folder}/${name}`)).size > 0, name);
  }));

Deno.test("every other command of the README has a test that runs it", async () => {
  const others = (await commands()).filter((line) => line in ELSEWHERE || HERE.includes(line));
  assert.deepEqual(others.toSorted(), [...Object.keys(ELSEWHERE), ...HERE].toSorted());
  for (const [test, words] of Object.values(ELSEWHERE)) {
    assert.ok((await Deno.readTextFile(ROOT + test)).includes(words), `${test}: ${words}`);
  }
});

Deno.test("every command that the README names is one", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const { stdout } = await runCli("--help");
  const known = [...stdout.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
  const named = [...readme.matchAll(/`zaugnet\s+([a-z]+)/g)].map(([, name]) => name);
  assert.ok(named.length >= 2);
  assert.deepEqual(named.filter((name) => !known.includes(name)), []);
  for (const [, task] of readme.matchAll(/`deno task (\w+)`/g)) assert.ok(task in deno.tasks, task);
});

Deno.test({
  name: "scripts/demo.sh upsamples a stack and draws it, wherever it is started",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const name = crypto.randomUUID();
      const stack = `${folder}/${name}.tif`;
      await writeStack(stack);
      const model = formulaModelFile("zaugnet");
      try {
        await run("sh", [ROOT + SCRIPTS.demo, stack, model], folder);
        assert.ok((await Deno.stat(`${ROOT}out/${name}_xz.png`)).size > 0);
      } finally {
        for (const { name: made } of [...Deno.readDirSync(`${ROOT}out`)]) {
          if (made.startsWith(name)) await Deno.remove(`${ROOT}out/${made}`);
        }
      }
    }),
});

Deno.test({
  name: "scripts/test.sh runs tests and ends in a line with their number",
  ignore: Deno.build.os === "windows",
  async fn() {
    const said = await run("sh", [SCRIPTS.test, "tests/random_test.ts"], ROOT);
    assert.match(said.trim().split("\n").at(-1)!, /^[1-9]\d* passed, 0 failed/);
  },
});
