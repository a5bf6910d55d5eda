#!/usr/bin/env bash
# Everything: peers, engines, linters, unit and conformance tests on every engine, the page, the real program in real browsers.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS=-buildvcs=false
mkdir -p artefacts
started=$SECONDS
step() { echo; echo "== $* ($((SECONDS - started)) s)"; }

step "foreign programs"
deploy/peers.sh
step "engines: PostgreSQL, Redis, S3"
deploy/engines.sh install
deploy/engines.sh start
trap 'deploy/engines.sh stop || true' EXIT
eval "$(deploy/engines.sh env)"
step "page"
deploy/web.sh check
deploy/web.sh build
step "linters"
deploy/lint.sh
step "Go tests, race detector on"
go test -race -shuffle=on -timeout 20m ./...
step "the real program"
make --no-print-directory binary
deploy/e2e.sh
step "done"
