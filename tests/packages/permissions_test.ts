import assert from "assert";
import deno from "../../deno.json" with { type: "json" };
import table from "../../packages/commands.json" with { type: "json" };
import { shellLauncher, windowsLauncher } from "../../scripts/launchers.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";

type Commands = Readonly<Record<string, readonly string[]>>;
const COMMANDS: Commands = table.commands;
const OTHERS = ["info", "help"];

Deno.test("every command of the program has its permissions, and no other has", async () => {
  const { stdout } = await runCli("--help");
  const [, list] = stdout.split("\nCommands:\n");
  const names = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
  const listed = Object.keys(COMMANDS).map((name) => name.split(" ")[0]);
  assert.deepEqual(new Set([...listed, ...OTHERS]), new Set(names));
});

Deno.test("only what talks to others may use the network, and only serve may start Deno", () => {
  const having = (permission: string) =>
    Object.keys(COMMANDS).filter((name) => COMMANDS[name].includes(permission));
  assert.deepEqual(having("net"), ["predict --server", "worker"]);
  assert.deepEqual(having("deno"), ["serve"]);
  assert.deepEqual(having("postgres"), ["worker"]);
  assert.deepEqual(table.otherwise, ["read", "environment"]);
});

Deno.test("a checkout's task may do what the packages' commands may, all together", () => {
  const { env, sys, ...others } = deno.permissions.engine;
  const flags: Readonly<Record<string, string>> = table.permissions;
  const used = [...Object.values(COMMANDS), table.otherwise].flat().map((name) => flags[name]);
  const variables = used.filter((flag) => flag.startsWith("--allow-env="))
    .flatMap((flag) => flag.split("=")[1].split(","));
  assert.deepEqual(new Set(variables), new Set(env));
  assert.equal(table.permissions.system, `--allow-sys=${sys}`);
  const kinds = used.map((flag) => flag.split("=")[0]);
  assert.deepEqual(others, { read: true, write: true });
  const given = [
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-net",
    "--allow-run",
    "--allow-sys",
  ];
  assert.deepEqual(new Set(kinds), new Set(given));
  assert.match(deno.tasks.zaugnet, / -P=engine --allow-net src/);
  assert.match(deno.tasks.serve.command, / -P=engine --allow-run server\.ts/);
});

/** A stand-in for Deno that prints its arguments. */
const ECHO = '#!/bin/sh\nprintf "%s\\n" "$@"\n';

for (
  const [words, permissions] of [
    [["predict", "a b.tif", "--factor", "2"], COMMANDS.predict],
    [["predict", "x.tif", "--server", "http://h"], COMMANDS["predict --server"]],
    [["predict", "x.tif", "--server=http://h"], COMMANDS["predict --server"]],
    [["merge", "--server"], COMMANDS.merge],
    [["serve"], COMMANDS.serve],
    [["worker", "*"], COMMANDS.worker],
    [["--version"], table.otherwise],
    [[], table.otherwise],
  ] as const
) {
  Deno.test({
    name: `the shell's launcher starts "${words.join(" ")}" with its permissions alone`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inTemporaryFolder(async (parent) => {
        const folder = `${await Deno.realPath(parent)}/a folder`;
        await Deno.mkdir(folder);
        const scripts = { zaugnet: shellLauncher(), deno: ECHO };
        for (const [name, text] of Object.entries(scripts)) {
          await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
        }
        await Deno.symlink(`${folder}/zaugnet`, `${parent}/linked`);
        const { stdout } = new Deno.Command(`${parent}/linked`, { args: [...words] }).outputSync();
        const flags: Readonly<Record<string, string>> = table.permissions;
        assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
          ...table.run,
          ...permissions.map((name) => flags[name].replace("{deno}", `${folder}/deno`)),
          `${folder}/program/zaugnet.js`,
          ...words,
        ]);
      }),
  });
}

Deno.test("the launcher for Windows has a line for each command", () => {
  const lines = windowsLauncher().split("\r\n");
  for (const name of Object.keys(COMMANDS)) {
    const condition = name.includes(" ") ? '"%~1%remote%"' : '"%~1"';
    assert.ok(lines.some((line) => line.startsWith(`if ${condition}=="${name}" set `)), name);
  }
});
