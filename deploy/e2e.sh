#!/usr/bin/env bash
# The real program with real browsers and real DICOM peers. Screenshots stay in artefacts/screenshots.
# usage: e2e.sh [FILE…]     (default: all of web/e2e)
# A file that fails is run once more, after all others and said so: a browser that a busy machine held up is no fault, what fails twice is.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/yilian ] || { echo "e2e.sh: build first: make build" >&2; exit 1; }
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(web/e2e/*.test.mjs)
# One after the other: browsers and their media want both cores.
run() { node --test --test-timeout=300000 "$1"; }
again=()
for file in "${files[@]}"; do run "$file" || again+=("$file"); done
[ ${#again[@]} -eq 0 ] && exit 0
echo "== once more: ${again[*]}"
failed=()
for file in "${again[@]}"; do run "$file" || failed+=("$file"); done
[ ${#failed[@]} -eq 0 ] || { echo "e2e.sh: failed twice: ${failed[*]}" >&2; exit 1; }
