#!/usr/bin/env node
// The command `zaugnet`: runs the program with npm's Deno, which may do what the command needs.
import { spawn } from "node:child_process";
import { accessSync, chmodSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants as os } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), "..", "program");

try {
  const deno = findDeno();
  run(deno, [...flagsFor(process.argv[2], deno), ...process.argv.slice(2)]);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}

/**
 * The binary of this platform, where npm put it. The package `deno` links to it in a script that
 * newer versions of npm do not run.
 */
function findDeno() {
  const libc = process.platform !== "linux" ? "" : isGlibc() ? "-glibc" : "-musl";
  const platform = `@deno/${process.platform}-${process.arch}${libc}`;
  let path;
  try {
    const ours = createRequire(import.meta.url);
    const folder = dirname(
      createRequire(ours.resolve("deno/package.json")).resolve(
        `${platform}/package.json`,
      ),
    );
    path = join(folder, process.platform === "win32" ? "deno.exe" : "deno");
  } catch {
    throw new Error(
      `There is no ${platform} here: install zaugnet again, with optional dependencies; ` +
        "where npm says that there is none, Deno does not run on this system.",
    );
  }
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
  return path;
}

function isGlibc() {
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

/** Deno's arguments before the program's own. */
function flagsFor(command, deno) {
  const { run, permissions, commands, otherwise } = JSON.parse(
    readFileSync(join(PROGRAM, "commands.json"), "utf8"),
  );
  const remote = process.argv.some((word) => /^--server(=|$)/.test(word));
  const names = (remote && commands[`${command} --server`]) || commands[command] || otherwise;
  return [
    ...run,
    ...names.map((name) => permissions[name].replace("{deno}", deno)),
    join(PROGRAM, "zaugnet.js"),
  ];
}

/** Runs Deno to its end, which becomes this process's. */
function run(deno, args) {
  const env = { ...process.env, DENO_NO_PACKAGE_JSON: "1", DENO_NO_UPDATE_CHECK: "1" };
  const forward = (signal) => child.kill(signal);
  // A terminal sends Ctrl-C to both, so that this process has only to wait.
  process.on("SIGINT", () => process.stdin.isTTY || forward("SIGINT"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, forward);
  // Heard from before Deno starts, a signal is passed on however soon it comes.
  const child = spawn(deno, args, { stdio: "inherit", env });
  child.on("error", (error) => {
    console.error(`error: ${deno} can't be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + os.signals[signal];
  });
}
