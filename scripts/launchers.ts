import table from "../packages/commands.json" with { type: "json" };

const PERMISSIONS = Object.entries(table.permissions);

/** What commands may do; "predict --server", which is predict with that flag, comes last. */
const COMMANDS = Object.entries(table.commands)
  .toSorted(([a], [b]) => Number(a.includes(" ")) - Number(b.includes(" ")));

/** `zaugnet` of a folder that holds `deno` and `program/`, for sh. */
export function shellLauncher(): string {
  const start = (names: readonly string[]) => `start ${names.map((n) => `"$${n}"`).join(" ")}`;
  const run = (names: readonly string[]) => `${start(names)} "$program" "$@"`;
  const cases = COMMANDS.toReversed().map(([name, names]) =>
    `  ${name.includes(" ") ? `"${name}"` : `${name} | "${name} --server"`}) ${run(names)} ;;`
  );
  return `#!/bin/sh
# Runs the program with the Deno beside it, which may do what the command needs.
here=$(dirname -- "$(readlink -f -- "$0")") || exit 1
program=$here/program/zaugnet.js
export DENO_NO_PACKAGE_JSON=1 DENO_NO_UPDATE_CHECK=1

${PERMISSIONS.map(([name, flag]) => `${name}="${flag.replace("{deno}", "$here/deno")}"`).join("\n")}

start() {
  exec "$here/deno" ${table.run.join(" ")} "$@"
}

remote=
for word; do
  case $word in --server | --server=*) remote=" --server" ;; esac
done
case $1$remote in
${cases.join("\n")}
  *) ${run(table.otherwise)} ;;
esac
`;
}

/** `zaugnet.cmd`, the same for Windows. */
export function windowsLauncher(): string {
  const set = (names: readonly string[]) =>
    `set "allow=${names.map((name) => `%${name}%`).join(" ")}"`;
  const lines = [
    ...["@echo off", "setlocal", 'set "here=%~dp0"', "set remote="],
    ...["set DENO_NO_PACKAGE_JSON=1", "set DENO_NO_UPDATE_CHECK=1"],
    ...PERMISSIONS.map(([name, flag]) =>
      `set ${name}="${flag.replace("{deno}", "%here%deno.exe")}"`
    ),
    'for %%w in (%*) do if "%%~w"=="--server" set "remote= --server"',
    set(table.otherwise),
    ...COMMANDS.map(([name, names]) =>
      `if "%~1${name.includes(" ") ? "%remote%" : ""}"=="${name}" ${set(names)}`
    ),
    `"%here%deno.exe" ${table.run.join(" ")} %allow% "%here%program\\zaugnet.js" %*`,
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}
