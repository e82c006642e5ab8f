#!/usr/bin/env bash
# Installs forge, solc and OpenZeppelin into node_modules, exactly as package-lock.json pins them.
# Does nothing when they are there.
#
# forge is a program of its own; only npm's starter for it, which is not used, wants Node 20. So its three packages
# have no "engines" in package-lock.json: with it Node 18 leaves them out without a word. After a renewal of the lock
# file take it out again.
set -euo pipefail
cd "$(dirname "$0")"

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund
fi
bin/forge --version >/dev/null
