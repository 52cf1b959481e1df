import assert from "assert";
import { dirname, join } from "node:path";
import { inTemporaryFolder } from "../support/cli.ts";
import { ROOT, run, succeeds } from "./released.ts";

const FILES = ["packages/npm/bin/zaugnet.js", "packages/commands.json"];
/** This platform's package of Deno, by its name on npm. */
const PLATFORM = `@deno/linux-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}-glibc`;

/**
 * Gives a test the launcher with a script in the place of Deno: beside it, as npm lays packages out,
 * or in `deno`'s own folder, as pnpm does.
 */
async function withStandIn(
  script: string,
  test: (launcher: string, standIn: string) => Promise<void>,
  layout = "node_modules",
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const ours = join(folder, "node_modules/zaugnet");
    const targets = [join(ours, "bin/zaugnet.js"), join(ours, "program/commands.json")];
    const standIn = join(folder, layout, PLATFORM, "deno");
    const manifests = [join(folder, "node_modules/deno"), dirname(standIn)];
    for (const path of [...targets.map((path) => dirname(path)), ...manifests]) {
      await Deno.mkdir(path, { recursive: true });
    }
    for (const [i, path] of targets.entries()) await Deno.copyFile(join(ROOT, FILES[i]), path);
    for (const path of manifests) await Deno.writeTextFile(join(path, "package.json"), "{}");
    await Deno.writeTextFile(join(ours, "package.json"), '{"type": "module"}');
    // As npm may leave it: not to be executed.
    await Deno.writeTextFile(standIn, `#!/bin/sh\n${script}`, { mode: 0o644 });
    await test(targets[0], standIn);
  });
}

const noNode = !succeeds("node", "--version");
if (noNode) console.warn("SKIPPED: the tests of npm's launcher: Node is not installed");
const linux = { ignore: noNode || Deno.build.os !== "linux" };

for (const layout of ["node_modules", "node_modules/deno/node_modules"]) {
  Deno.test(
    `npm's launcher passes words on as they are, with Deno in ${layout}`,
    linux,
    () =>
      withStandIn(
        'printf "%s\\n" "$@"',
        async (launcher) => {
          const words = ["predict", "a  b*.tif", "$HOME", '"', "--factor=2"];
          const { stdout, code } = await run("/usr/bin/env", ["node", launcher, ...words]);
          assert.equal(code, 0);
          assert.deepEqual(stdout.trim().split("\n").slice(-words.length), words);
          assert.ok(!stdout.includes("--allow-net"));
        },
        layout,
      ),
  );
}

for (
  const [what, script, expected] of [
    ["an exit code", "exit 130", 130],
    ["the end by a signal", "kill -9 $$", 137],
  ] as const
) {
  Deno.test(
    `npm's launcher passes ${what} on`,
    linux,
    () =>
      withStandIn(script, async (launcher) => {
        assert.equal((await run("/usr/bin/env", ["node", launcher])).code, expected);
      }),
  );
}

Deno.test("npm's launcher passes signals on and waits for the end", linux, () =>
  withStandIn(
    "trap 'exit 7' TERM\necho up\nwhile :; do sleep 0.05; done",
    async (launcher) => {
      const child = new Deno.Command("node", { args: [launcher], stdout: "piped" }).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill("SIGTERM");
      assert.equal((await child.status).code, 7);
      await reader.cancel();
    },
  ));

Deno.test(
  "npm's launcher says in a sentence that Deno's package is missing",
  linux,
  () =>
    withStandIn("", async (launcher, standIn) => {
      await Deno.remove(dirname(standIn), { recursive: true });
      const { code, stderr } = await run("/usr/bin/env", ["node", launcher, "--version"]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: There is no @deno\/linux-\w+-glibc here: install zaugnet again.*\n$/,
      );
    }),
);
