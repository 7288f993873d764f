#!/usr/bin/env bash
# Installs Debian's programs that the system tests use as real clients and judges of this map server.
set -euo pipefail

declare -A provides=(
  [chromium]=chromium
  [xmllint]=libxml2-utils
  [gdalinfo]=gdal-bin
  [bwrap]=bubblewrap
  [mapproxy-util]=mapproxy
  [ip]=iproute2
  [wrk]=wrk
  [gunicorn]=gunicorn
  [curl]=curl
  [qgis_process]=qgis
  [Xvfb]=xvfb
  [xprintidle]=xprintidle
  [xdotool]=xdotool
)
missing=()
for program in "${!provides[@]}"; do
  command -v "$program" >/dev/null || missing+=("${provides[$program]}")
done
for module in owslib pywps; do
  /usr/bin/python3 -c "import $module" 2>/dev/null || missing+=("python3-$module")
done
/usr/bin/python3 -c 'import qgis.core' 2>/dev/null || missing+=(python3-qgis qgis-providers)
if [ "${#missing[@]}" -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "run as root, or install: ${missing[*]}" >&2; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
for program in "${!provides[@]}"; do
  command -v "$program" >/dev/null || { echo "$program is still missing after the installation" >&2; exit 1; }
done
/usr/bin/python3 -c 'import owslib, pywps, qgis.core'
