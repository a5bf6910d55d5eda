#!/usr/bin/env bash
# Installs dcmjs-dimse, a foreign DICOM implementation, as its lock says, once, and prints the folder of its modules. Tests talk to it.
set -euo pipefail
here=$(cd "$(dirname "$0")/dcmjs" && pwd)
lock=$(sha256sum "$here/package-lock.json" | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/yilian/dcmjs-$lock
if [ ! -f "$cache/node_modules/dcmjs-dimse/package.json" ]; then
  mkdir -p "$(dirname "$cache")"
  work=$(mktemp -d "$cache.new-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work"
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
  rm -rf "$cache"
  mv "$work" "$cache"
fi
echo "$cache/node_modules"
