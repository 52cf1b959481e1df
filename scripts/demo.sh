#!/bin/sh
# Shows what a model does with a stack, one of cells where none is named: demo.sh [STACK [MODEL]]
cd "$(dirname "$0")/.." || exit 1
. scripts/setup.sh || exit 1
[ $# -gt 0 ] || set -- --cells
exec "$DENO" task --quiet demo "$@"
