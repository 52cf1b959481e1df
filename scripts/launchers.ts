import table from "../packages/commands.json" with { type: "json" };

/** What commands may do; "predict --server" is predict with that flag, and has the last word. */
const COMMANDS = Object.entries(table.commands)
  .toSorted(([a], [b]) => Number(a.includes(" ")) - Number(b.includes(" ")));

/** `zaugnet` of a folder that holds `deno` and `program/`, for sh. */
export function shellLauncher(): string {
  const start = (names: readonly string[]) =>
    `start ${flags(names, "$here/deno").map((flag) => `"${flag}"`).join(" ")} "$program" "$@"`;
  const cases = COMMANDS.toReversed().map(([name, names]) =>
    `  ${name.includes(" ") ? `"${name}"` : `${name} | "${name} --server"`}) ${start(names)} ;;`
  );
  return `#!/bin/sh
# Runs the program with the Deno beside it, which may do what the command needs.
here=$(dirname -- "$(readlink -f -- "$0")") || exit 1
program=$here/program/zaugnet.js
export DENO_NO_PACKAGE_JSON=1 DENO_NO_UPDATE_CHECK=1

start() {
  exec "$here/deno" ${table.run.join(" ")} "$@"
}

remote=
for word; do
  case $word in --server | --server=*) remote=" --server" ;; esac
done
case $1$remote in
${cases.join("\n")}
  *) ${start(table.otherwise)} ;;
esac
`;
}

/** `zaugnet.cmd`, the same for Windows. */
export function windowsLauncher(): string {
  const set = (names: readonly string[]) =>
    `set "allow=${flags(names, "%here%deno.exe").map((flag) => `"${flag}"`).join(" ")}"`;
  const lines = [
    ...["@echo off", "setlocal", 'set "here=%~dp0"', "set remote="],
    ...["set DENO_NO_PACKAGE_JSON=1", "set DENO_NO_UPDATE_CHECK=1"],
    'for %%w in (%*) do if "%%~w"=="--server" set "remote= --server"',
    set(table.otherwise),
    ...COMMANDS.map(([name, names]) =>
      `if "%~1${name.includes(" ") ? "%remote%" : ""}"=="${name}" ${set(names)}`
    ),
    `"%here%deno.exe" ${table.run.join(" ")} %allow% "%here%program\\zaugnet.js" %*`,
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

function flags(names: readonly string[], deno: string): string[] {
  const permissions: Readonly<Record<string, string>> = table.permissions;
  return names.map((name) => permissions[name].replace("{deno}", deno));
}
