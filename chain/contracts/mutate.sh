#!/usr/bin/env bash
# Plants each fault of scripts/mutate.mjs in a copy of the sources and demands that a test fails.
# Writes mutations.json. Takes about ten seconds a fault.
set -euo pipefail
cd "$(dirname "$0")"

./install.sh
node scripts/mutate.mjs "$@"
