#!/usr/bin/env bash
# Formatting (gofumpt) and the analysers of deploy/lint over the whole program.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS=-buildvcs=false
go build -C deploy/lint -o ../../bin/lint .
go build -C deploy/lint -o ../../bin/gofumpt mvdan.cc/gofumpt
unformatted=$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 bin/gofumpt -l)
if [ -n "$unformatted" ]; then
  echo "not formatted by gofumpt:" && echo "$unformatted"
  exit 1
fi
go vet ./...
bin/lint ./...
