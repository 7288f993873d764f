#!/usr/bin/env bash
# Packs gismesh, installs the tarball in an empty folder, starts it there, fetches a tile and simulates a room.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD"
work="$(mktemp -d)"
peer=
finish() {
  if [ -n "$peer" ] && kill -0 "$peer" 2>/dev/null; then kill "$peer"; wait "$peer" || true; fi
  rm -rf "$work"
}
trap finish EXIT

npm pack --silent --pack-destination "$work" >/dev/null
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ./gismesh-*.tgz
# The launcher must find its own runtime, whatever Node this machine has.
env PATH="$(getconf PATH):$(dirname "$(command -v node)")" node_modules/.bin/gismesh start \
  --port 0 --data "$work/data" --no-mdns --json >start.log 2>start.err &
peer=$!
for _ in $(seq 600); do
  grep -qs '"event":"ready"' start.log && break
  kill -0 "$peer" 2>/dev/null || { cat start.log start.err >&2; exit 1; }
  sleep 0.1
done
url="$(node -e 'console.log(JSON.parse(require("fs").readFileSync("start.log","utf8").split("\n")[0]).http)')"
node "$root/scripts/check-tile.js" "$url/tiles/world/1/1/0.png"
node_modules/.bin/gismesh status --data "$work/data" --json >/dev/null
for file in examples/processes/gdal/hillshade.yaml dist/src/processes/qgis/describe.py dist/src/processes/pywps/host.py; do
  [ -f "node_modules/gismesh/$file" ] || { echo "the package lacks $file" >&2; exit 1; }
done
processes="$(node_modules/.bin/gismesh processes --data "$work/data" --json)"
grep -q '"echo"' <<<"$processes"
if bwrap --unshare-all --ro-bind / / true 2>/dev/null && command -v gdaldem >/dev/null; then
  grep -q '"gdal-hillshade"' <<<"$processes" || { echo 'the package offers no programs' >&2; exit 1; }
fi
node_modules/.bin/gismesh stop --data "$work/data"
wait "$peer"
peer=
node_modules/.bin/gismesh sim classroom-30 --peers 3 --until 2 --json --report report.html |
  node -e 'const { requests } = JSON.parse(require("fs").readFileSync(0, "utf8")); if (!(requests > 0)) process.exit(1)'
grep -q '</html>' report.html
echo 'the package works'
