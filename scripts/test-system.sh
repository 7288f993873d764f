#!/usr/bin/env bash
# The tests that need Debian's programs: real clients, real processes, network namespaces, fuzzing. About six
# minutes on two cores; arguments go to ava, e.g. the files to run.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
[ "$(id -u)" = 0 ] || { echo 'run as root: the system tests make network namespaces and mounts' >&2; exit 1; }
bash scripts/install-system-deps.sh
node scripts/build.js --if-stale
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
ava --config ava.system.config.js "$@" 2>&1 | tee "$log" || status=$?
passed="$(grep -c '^ *✔ ' "$log" || true)"
failed="$(grep -c '^ *✘ ' "$log" || true)"
skipped="$(grep -c '^ *- \[skip\]' "$log" || true)"
echo "system tests: $passed passed, $failed failed, $skipped skipped in $SECONDS s"
exit "$status"
