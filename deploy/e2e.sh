#!/usr/bin/env bash
# The real program with real browsers and real DICOM peers. Screenshots stay in artefacts/screenshots.
# usage: e2e.sh [FILE…]     (default: all of web/e2e)
# A file that fails is run once more, after all others and said so: a browser that a busy machine held up is no fault, what fails twice is.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/yilian ] || { echo "e2e.sh: build first: make build" >&2; exit 1; }
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(web/e2e/*.test.mjs)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export logs
run() { node --test --test-timeout=300000 "$1"; }
# What a file says comes in one piece.
tell() {
  local log="$logs/${1//\//_}"
  run "$1" >"$log" 2>&1 || echo "$1" >>"$logs/failed"
  flock "$logs" cat "$log"
}
export -f run tell
# Two at a time: most of the time a file waits for its browser. What two hold up is run once more alone.
printf '%s\0' "${files[@]}" | xargs -0 -P 2 -I{} bash -c 'tell {}'
mapfile -t again < <(cat "$logs/failed" 2>/dev/null)
[ ${#again[@]} -eq 0 ] && exit 0
echo "== once more: ${again[*]}"
failed=()
for file in "${again[@]}"; do run "$file" || failed+=("$file"); done
[ ${#failed[@]} -eq 0 ] || { echo "e2e.sh: failed twice: ${failed[*]}" >&2; exit 1; }
