// Writes predeploys/*.json: contracts of others that an OP Stack chain has from its first block and
// that the embedded chain therefore has too. Run by hand when a source changes:
//   node scripts/predeploys.mjs <unpacked npm package eas-contracts> <folder with the OP vectors>
// The first is what `npm pack @ethereum-attestation-service/eas-contracts@1.9.0` brings, the second
// holds the deployment byte code printed in the OP Stack's Jovian specification.
import { readFileSync, writeFileSync, mkdirSync, copyFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const out = join(dirname(fileURLToPath(import.meta.url)), "..", "predeploys");
const [eas, op] = process.argv.slice(2);
if (!eas || !op) {
  console.error("usage: predeploys.mjs EAS_PACKAGE_FOLDER OP_FOLDER");
  process.exit(2);
}
mkdirSync(out, { recursive: true });

function write(name, fields) {
  const sha256 = createHash("sha256").update(Buffer.from(fields.creation.slice(2), "hex")).digest("hex");
  writeFileSync(join(out, `${name}.json`), JSON.stringify({ name, ...fields, sha256 }, null, 1) + "\n");
}

const registry = "0x4200000000000000000000000000000000000020";
const easSource = "npm @ethereum-attestation-service/eas-contracts 1.9.0, artifacts/contracts";
for (const [name, address, args] of [
  ["SchemaRegistry", registry, "0x"],
  ["EAS", "0x4200000000000000000000000000000000000021", "0x" + registry.slice(2).padStart(64, "0")],
]) {
  const built = JSON.parse(readFileSync(join(eas, "artifacts", "contracts", `${name}.sol`, `${name}.json`), "utf8"));
  write(name, {
    address,
    source: easSource,
    licence: "MIT, Copyright (c) 2020 Leonid Beder: see EAS-LICENSE.txt",
    abi: built.abi,
    args,
    creation: built.bytecode,
  });
}
copyFileSync(join(eas, "LICENSE"), join(out, "EAS-LICENSE.txt"));

for (const [name, address, file] of [
  ["L1Block", "0x4200000000000000000000000000000000000015", "jovian-l1-block-deployment.txt"],
  ["GasPriceOracle", "0x420000000000000000000000000000000000000F", "jovian-gas-price-oracle-deployment.txt"],
]) {
  write(name, {
    address,
    source: `github.com/ethereum-optimism/specs fd72cf79, ${file}`,
    licence: "CC0-1.0",
    args: "0x",
    creation: readFileSync(join(op, file), "utf8").trim(),
  });
}
