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
step "OHIF, the foreign viewer"
YILIAN_TEST_OHIF=$(deploy/ohif.sh)
export YILIAN_TEST_OHIF
step "page"
deploy/web.sh check
deploy/web.sh build
step "linters"
deploy/lint.sh
# What runs browsers and whole programs wants the cores to itself: those packages come one after the other.
alone='/(signaling/e2e|imaging/dicomweb|cmd/yilian)$'
# SQLite is C in the shape of Go: watched, it takes four times as long, and what it shares it guards by itself.
race=(-race '-gcflags=modernc.org/...=-race=false' -shuffle=on -timeout 15m)
step "Go tests, race detector on"
go list ./... | grep -vE "$alone" | xargs go test "${race[@]}"
step "Go tests with browsers and whole programs"
go list ./... | grep -E "$alone" | xargs go test "${race[@]}" -p 1
step "the real program"
make --no-print-directory binary
deploy/e2e.sh
step "done"
