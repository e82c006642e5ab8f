#!/usr/bin/env bash
# Installs forge, solc and OpenZeppelin into node_modules, exactly as package-lock.json pins them.
# Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")"

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund
fi
