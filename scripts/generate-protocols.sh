#!/usr/bin/env bash
# Regenerates the protobuf codecs beside their .proto files.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
buf lint
buf generate
