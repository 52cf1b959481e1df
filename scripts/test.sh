#!/bin/sh
# Sets up, runs all tests, or those of the paths given, and says on the last line how many passed.
# The exit code is 1 where one failed.
cd "$(dirname "$0")/.." || exit 1

MOST_LINES=200
FILES_AT_ONCE=4

give_up() {
  echo "0 passed, 1 failed"
  exit 1
}

. scripts/setup.sh || give_up

# Tests compare TIFF files with tifffile, and run the recipes for Python; without it they say that
# they are skipped.
if command -v apt-get >/dev/null && ! /usr/bin/python3 -c 'import tifffile, requests' 2>/dev/null; then
  setup_say "installing python3-tifffile and python3-requests, which tests take"
  setup_install python3-tifffile python3-requests
fi

# Tests of several adapters take SwiftShader beside Mesa's; without it they say so, too.
if [ "$(uname -s)" = Linux ]; then sh scripts/swiftshader.sh >/dev/null; fi

# The page is tested in a browser, likewise.
if command -v apt-get >/dev/null && ! command -v chromium >/dev/null; then
  setup_say "installing chromium, which the page is tested in"
  setup_install chromium
fi

# The shared queue is tested on PostgreSQL, likewise.
if command -v apt-get >/dev/null && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  setup_say "installing postgresql, which the shared queue is tested on"
  setup_install postgresql
fi

# Mesa keeps what it compiled for all processes to come; where it can't, this folder takes it.
mkdir -p "${XDG_CACHE_HOME:-$HOME/.cache}" 2>/dev/null
[ -w "${XDG_CACHE_HOME:-$HOME/.cache}" ] ||
  export MESA_SHADER_CACHE_DIR="${MESA_SHADER_CACHE_DIR:-$PWD/out/drivers}"

logs=$(mktemp -d) || give_up
trap 'rm -rf "$logs"' EXIT
[ $# -gt 0 ] || set -- tests
# Two processes at a time, each with a few files. Threads of one would share its environment
# variables, which some tests set.
find "$@" -name '*_test.ts' | sort | NO_COLOR=1 LOGS=$logs xargs -P 2 -n "$FILES_AT_ONCE" sh -c '
  [ $# -gt 0 ] || exit 0
  log=$LOGS/$$
  "$DENO" task test "$@" >"$log.log" 2>&1 || : >"$log.failed"
' sh

# A log ends with "ok | 12 passed (2 steps) | 0 failed | 1 ignored (3s)", or with a crash.
summary() {
  grep -hE '^(ok|FAILED) \| [0-9]+ passed' "$1" | tail -n 1
}
count() {
  for log in "$logs"/*.log; do
    [ -f "$log" ] && summary "$log" | sed -n "s/.*| \([0-9]*\) $1.*/\1/p"
  done | awk '{ total += $1 } END { print total + 0 }'
}
passed=$(count passed)
failed=$(count failed)
ignored=$(count ignored)

for mark in "$logs"/*.failed; do
  [ -f "$mark" ] || continue
  log=${mark%.failed}.log
  if grep -q '^ ERRORS' "$log"; then
    sed -n '/^ ERRORS/,$p' "$log" | head -n "$MOST_LINES"
  else
    tail -n "$MOST_LINES" "$log"
  fi
  # An exit code without a failed test is a failure too.
  summary "$log" | grep -q '^FAILED' || failed=$((failed + 1))
done
[ $((passed + failed)) -gt 0 ] || failed=1
cat "$logs"/*.log 2>/dev/null | grep -E '^(SKIPPED|KNOWN GAP)' | sort -u | head -n "$MOST_LINES"
[ "$ignored" -gt 0 ] && echo "$ignored IGNORED: tests that did not run"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
