#!/bin/sh
# Sets up, runs all tests, or those of the paths given, and says on the last line how many passed.
# The exit code is deno's.
cd "$(dirname "$0")/.." || exit 1

MOST_LINES=200

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

log=$(mktemp) || give_up
trap 'rm -f "$log"' EXIT
NO_COLOR=1 "$DENO" task test "$@" >"$log" 2>&1
code=$?

# deno ends with "ok | 12 passed (2 steps) | 0 failed | 1 ignored (3s)", or crashes before that.
summary=$(grep -E '^(ok|FAILED) \| [0-9]+ passed' "$log" | tail -n 1)
count() {
  echo "$summary" | sed -n "s/.*| \([0-9]*\) $1.*/\1/p"
}
passed=$(count passed)
failed=$(count failed)
ignored=$(count ignored)

# Without a summary no test counts, and an exit code without a failed test is a failure too.
[ -n "$summary" ] || code=$((code ? code : 1))
[ "$code" -ne 0 ] && [ "${failed:-0}" -eq 0 ] && failed=1

if [ "$code" -ne 0 ]; then
  if grep -q '^ ERRORS' "$log"; then
    sed -n '/^ ERRORS/,$p' "$log" | head -n "$MOST_LINES"
  else
    tail -n "$MOST_LINES" "$log"
  fi
else
  grep -E '^(SKIPPED|KNOWN GAP)' "$log" | sort -u | head -n "$MOST_LINES"
fi
[ -n "$ignored" ] && echo "$ignored IGNORED: tests that did not run"
echo "${passed:-0} passed, ${failed:-0} failed"
exit "$code"
