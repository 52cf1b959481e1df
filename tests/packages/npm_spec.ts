import assert from "assert";
import { join } from "node:path";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { shared } from "../support/shared.ts";
import { writeStack } from "../support/stacks.ts";
import {
  alone,
  NODE_MODULES,
  ROOT,
  run,
  runAlone,
  temporaryFolder,
  VERSION,
  withRelease,
} from "./released.ts";

let prefix: Promise<string> | undefined;

/** The command of the package, installed offline beside npm's Deno of .tools, whose script rests. */
async function installed(release: string): Promise<string> {
  return await (prefix ??= install(release));
}

async function install(release: string): Promise<string> {
  const folder = temporaryFolder();
  const [platform] = [...Deno.readDirSync(join(NODE_MODULES, "@deno"))].map(({ name }) => name);
  const dependencies = Object.fromEntries(
    ["deno", `@deno/${platform}`].map((name) => [name, `file:${join(NODE_MODULES, name)}`]),
  );
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ dependencies }));
  const flags = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const tarball = join(release, `zaugnet-${VERSION}.tgz`);
  const { code, stderr } = await run("/usr/bin/npm", ["install", ...flags, tarball], {
    cwd: folder,
    ...alone(),
  });
  assert.equal(code, 0, stderr);
  return join(folder, "node_modules/.bin/zaugnet");
}

withRelease("npm's command says its version and Deno's", async (release) => {
  const { code, stdout } = await runAlone(await installed(release), ["--version"], "/");
  assert.equal(code, 0);
  assert.equal(stdout, `zaugnet ${VERSION} (Deno ${Deno.version.deno})\n`);
});

const REAL = shared("corpus/spindle_mesc_75.tif");

for (
  const [what, write] of [
    [
      "a stack of 16 bits",
      (path: string) => writeStack(path, { sizes: { z: 3, y: 40, x: 56 }, sampleType: "uint16" }),
    ],
    ...REAL ? [["a real stack", (path: string) => Deno.copyFile(REAL, path)] as const] : [],
  ] as const
) {
  withRelease(
    `npm's command predicts ${what} byte for byte as the checkout, without caches or a network`,
    (release) =>
      inTemporaryFolder(async (folder) => {
        await write(`${folder}/in.tif`);
        // What lies in a user's folder is none of the program's business.
        await Deno.writeTextFile(`${folder}/package.json`, '{"type": "commonjs"}');
        await Deno.writeTextFile(`${folder}/deno.json`, "no JSON");
        const command = await installed(release);
        const model = join(command, "../../zaugnet/program/models/zaugnet.safetensors");
        const args = ["predict", "in.tif", "--model", model, "--output", "out.tif"];
        const { code, stderr } = await runAlone(command, args, folder);
        assert.equal(code, 0, stderr);
        const checkout = await runCli(
          ...["predict", `${folder}/in.tif`, "--output", `${folder}/same.tif`],
          ...["--model", join(ROOT, "models/zaugnet.safetensors")],
        );
        assert.equal(checkout.code, 0, checkout.stderr);
        const bytes = await Deno.readFile(`${folder}/out.tif`);
        assert.ok(bytes.length > (await Deno.stat(`${folder}/in.tif`)).size);
        assert.deepEqual(bytes, await Deno.readFile(`${folder}/same.tif`));
      }),
  );
}

withRelease(
  "npm's command trains, with its workers, and ends as the program does",
  (release) =>
    inTemporaryFolder(async (folder) => {
      await writeStack(`${folder}/in.tif`, { sizes: { z: 5, y: 80, x: 80 } });
      const command = await installed(release);
      const flags = ["--patch-size", "64", "--batch-size", "1", "--lambda-adv", "0"];
      const args = ["train", "in.tif", "--output", "run", "--epochs", "1", ...flags];
      const { code, stderr } = await runAlone(command, args, folder);
      assert.equal(code, 0, stderr);
      assert.ok((await Deno.stat(`${folder}/run/model.safetensors`)).size > 0);
      const wrong = await runAlone(command, ["info", "none.tif"], folder);
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, /^error: .*none\.tif.*\n$/);
    }),
);

withRelease(
  "npm's zaugnet serve computes and shows its page, and ends at a signal to the launcher",
  (release) =>
    inTemporaryFolder(async (folder) => {
      const data = await Deno.realPath(folder);
      const command = await installed(release);
      const server = new Deno.Command(command, {
        args: ["serve", "--port", "0", "--data", data, "--drain-seconds", "1"],
        ...alone(),
        cwd: "/",
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let said = "";
      let asked: Promise<void> | undefined;
      for await (const text of server.stderr.pipeThrough(new TextDecoderStream())) {
        said += text;
        const [, url] = said.match(/^Listening on (.*)\n/m) ?? [];
        if (url) asked ??= ask(url).finally(() => server.kill("SIGTERM"));
      }
      await asked;
      assert.equal((await server.status).code, 0, said);
    }),
);

async function ask(url: string): Promise<void> {
  const ready = await fetch(`${url}/health/ready`);
  assert.equal(ready.status, 200, await ready.text());
  const page = await fetch(`${url}/page.js`);
  assert.equal(page.status, 200);
  assert.ok((await page.text()).length > 100_000);
}
