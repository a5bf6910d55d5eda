#!/usr/bin/env bash
# Installs the foreign programs that the tests talk to. Debian; does nothing where they are there.
set -euo pipefail
packages=(
  dcmtk dicom3tools libgdcm-tools orthanc orthanc-dicomweb python3-pydicom python3-numpy # DICOM
  coturn redis-server postgresql                                          # engines
  janus                                                                   # the other call server of bench media
  chromium firefox-esr ffmpeg fonts-noto-cjk fonts-droid-fallback fonts-liberation fonts-dejavu-core poppler-utils # browsers and paper
  libarchive-tools genisoimage xorriso                                   # discs
  iproute2 nftables procps curl python3
)
missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
# Tests leave out what is not there: so everything must be.
for command in storescu storescp echoscu dcmdump dcm2json dcmcjpeg dcmdjpeg dcmcjpls dcmcrle dciodvfy gdcmconv gdcmscu Orthanc turnserver janus redis-server psql \
  bsdtar isoinfo xorriso chromium firefox-esr ffmpeg ffprobe pdftoppm pdftotext node npm curl /usr/bin/python3; do
  command -v "$command" >/dev/null || { echo "peers.sh: $command is missing" >&2; exit 1; }
done
/usr/bin/python3 -c 'import numpy, pydicom'
"$(dirname "$0")/dcmjs.sh" >/dev/null
