"""Runs the program with PyPI's Deno, which may do what the command needs and no more."""

import json
import os
import subprocess
import sys
from pathlib import Path

import deno

PROGRAM = Path(__file__).parent / "program"


def command_line(arguments):
    """The program's command line for these arguments, as a list."""
    table = json.loads((PROGRAM / "commands.json").read_text("utf-8"))
    # What it is started by must be what it may start, without links between.
    binary = os.path.realpath(deno.find_deno_bin())
    command = arguments[0] if arguments else ""
    remote = any(word == "--server" or word.startswith("--server=") for word in arguments)
    commands = table["commands"]
    names = (remote and commands.get(f"{command} --server")) or commands.get(command)
    flags = [
        table["permissions"][name].replace("{deno}", binary)
        for name in names or table["otherwise"]
    ]
    return [binary, *table["run"], *flags, os.fspath(PROGRAM / "zaugnet.js"), *arguments]


def environment():
    """This process's environment, with which Deno looks for nothing but the program."""
    return {**os.environ, "DENO_NO_PACKAGE_JSON": "1", "DENO_NO_UPDATE_CHECK": "1"}


def main():
    """The command `zaugnet`."""
    line = command_line(sys.argv[1:])
    if os.name == "posix":
        # Deno takes this process's place, so that signals and the exit code are its own.
        os.execve(line[0], line, environment())
    child = subprocess.Popen(line, env=environment())
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:
            # Ctrl-C goes to the child, too, which ends by itself.
            continue
