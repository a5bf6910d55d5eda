#!/usr/bin/env bash
# The real program with real browsers and real DICOM peers. Screenshots stay in artefacts/screenshots.
# usage: e2e.sh [FILE…]     (default: all of web/e2e)
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/yilian ] || { echo "e2e.sh: build first: make build" >&2; exit 1; }
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(web/e2e/*.test.mjs)
# One after the other: browsers and their media want both cores.
exec node --test --test-concurrency=1 --test-timeout=300000 "${files[@]}"
