#!/usr/bin/env bash
# Calls between real browsers over bad lines, measured beside published figures of other servers. Needs root, /dev/net/tun, iproute2, Node and Chromium;
# everything stays inside network namespaces of its own.
# usage: lines.sh [--only TEXT] [--seconds N] [--rounds N] [--raw FILE]
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x bin/yilian ] || { echo "lines.sh: build first: make build" >&2; exit 1; }
[ -d web/app/node_modules ] || { echo "lines.sh: web/app's packages are missing: deploy/web.sh build" >&2; exit 1; }
exec bin/yilian bench lines "$@"
