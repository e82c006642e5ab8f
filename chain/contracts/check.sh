#!/usr/bin/env bash
# Everything that must hold of the contracts: installs what is missing, then format, lint, compiler
# warnings, artefacts equal to a fresh compile, tests, line coverage. mutate.sh is the slow part.
# With --write the artefacts and bindings are made anew first.
set -euo pipefail
cd "$(dirname "$0")"

./install.sh
if [ "${1:-}" = --write ]; then
  ./generate.sh
fi
echo "contracts: format, lint"
bin/forge fmt --check
bin/forge lint --deny warnings
echo "contracts: compile, compare with artifacts/"
bin/forge build --force src
node scripts/artifacts.mjs --check
node scripts/rows.mjs --check
echo "contracts: tests"
bin/forge test >test.log || {
  cat test.log
  exit 1
}
grep -E '^Ran [0-9]+ test suites' test.log
# forge ends with 0 when it finds no test at all.
[ "$(grep -cE '^\[PASS\]' test.log)" -ge 76 ] || {
  echo "fewer than 76 tests ran"
  exit 1
}
# Measured without the optimiser, so with few calls: the tests proper ran on the committed code above.
FOUNDRY_FUZZ_RUNS=16 FOUNDRY_INVARIANT_RUNS=4 \
  bin/forge coverage --no-match-coverage test/ --report lcov >coverage.log 2>&1 || {
  cat coverage.log
  exit 1
}
node scripts/coverage.mjs 95
