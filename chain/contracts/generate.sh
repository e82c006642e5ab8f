#!/usr/bin/env bash
# Writes what is committed of the contracts: artifacts/*.json from a fresh compile, and the Go
# bindings in ../bindings from those artefacts. Run it after every change of src/.
set -euo pipefail
cd "$(dirname "$0")"

abigen=github.com/ethereum/go-ethereum/cmd/abigen@v1.17.10 # the version go.mod requires

./install.sh
bin/forge build --force src
node scripts/artifacts.mjs

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in DataNets Licences ModelRegistry; do
  package=$(echo "$name" | tr '[:upper:]' '[:lower:]')
  node -e '
    const fs = require("fs"), [name, dir] = process.argv.slice(1);
    const built = JSON.parse(fs.readFileSync(`artifacts/${name}.json`));
    fs.writeFileSync(`${dir}/abi`, JSON.stringify(built.abi));
    fs.writeFileSync(`${dir}/bin`, built.creation.slice(2));
  ' "$name" "$work"
  mkdir -p "../bindings/$package"
  (cd "$work" && go run "$abigen" --v2 --abi abi --bin bin --pkg "$package" --type "$name" --out bindings.go)
  mv "$work/bindings.go" "../bindings/$package/$package.go"
done
