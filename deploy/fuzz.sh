#!/usr/bin/env bash
# Runs each fuzzer of the program for a while. usage: fuzz.sh 20s
set -euo pipefail
cd "$(dirname "$0")/.."
for dir in $(git grep -lE '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do
  for f in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | awk '{print $2}'); do
    echo "== $dir $f"
    go test "./$dir" -run='^$' -fuzz="^$f\$" -fuzztime="${1:-20s}"
  done
done
