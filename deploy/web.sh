#!/usr/bin/env bash
# Builds or checks the page. usage: web.sh build|check
set -euo pipefail
cd "$(dirname "$0")/../web/app"
if ! command -v npm >/dev/null; then
  echo "Node.js 20 or newer with npm is needed to build the page: https://nodejs.org" >&2
  exit 1
fi
# node_modules is as package-lock.json says, or is installed again.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # Not `npm ci`: the lock names the builds of one platform only, and ci would refuse to add those of another. Versions and
  # hashes are the lock's all the same, and it is not written.
  npm install --no-save --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
case "${1:-build}" in
  build) npm run --silent build ;;
  check) npm run --silent check && npm run --silent test ;;
  *) echo "usage: web.sh build|check" >&2; exit 2 ;;
esac
