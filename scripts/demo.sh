#!/bin/sh
# Shows what a model does with a stack: demo.sh [STACK [MODEL]]
cd "$(dirname "$0")/.." || exit 1
. scripts/setup.sh || exit 1
exec "$DENO" task --quiet demo "$@"
