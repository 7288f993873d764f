#!/usr/bin/env bash
# The tests that need Debian's programs: real clients, real processes, network namespaces, fuzzing.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
bash scripts/install-system-deps.sh
node scripts/build.js --if-stale
exec ava --config ava.system.config.js "$@"
