#!/usr/bin/env bash
# Fetches the OHIF viewer, ready-built from npm, once, and prints the folder of its pages. Tests let it read from our DICOMweb.
set -euo pipefail
version=3.13.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/yilian/ohif-$version
if [ ! -f "$cache/dist/index.html" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.new-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "@ohif/app@$version" >/dev/null && tar -xzf ./*.tgz)
  rm -rf "$cache/dist"
  mv "$work/package/dist" "$cache/dist"
fi
echo "$cache/dist"
