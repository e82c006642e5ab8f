// Writes test/rows.json: a tree of made-up rows by the npm package @openzeppelin/merkle-tree, which is
// the independent check of both the contract's and the Go package's idea of a row's place in a version.
// With --check it writes nothing and fails when the committed file differs.
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const texts = Array.from({ length: 11 }, (_, i) => `{"text":"Row ${i} of the test tree: ${"é".repeat(i)}"}`);
const rows = texts.map((t) => "0x" + createHash("sha256").update(t).digest("hex"));
const lengths = texts.map((t) => Buffer.byteLength(t));
const contributors = texts.map((_, i) => "0x" + createHash("sha256").update(`contributor ${i % 3}`).digest("hex").slice(0, 40));
contributors[4] = "0x" + "0".repeat(40); // a row without a contributor

const leaves = rows.map((row, i) => [row, contributors[i], lengths[i]]);
const tree = StandardMerkleTree.of(leaves, ["bytes32", "address", "uint256"]);
const out = {
  made_by: "@openzeppelin/merkle-tree 1.0.8, scripts/rows.mjs",
  texts,
  rows,
  contributors,
  lengths,
  root: tree.root,
  proofs: leaves.map((leaf) => tree.getProof(leaf)),
};
const path = join(dirname(fileURLToPath(import.meta.url)), "..", "test", "rows.json");
const text = JSON.stringify(out, null, 1) + "\n";
if (!process.argv.includes("--check")) {
  writeFileSync(path, text);
} else if (readFileSync(path, "utf8") !== text) {
  console.error("test/rows.json is not what scripts/rows.mjs writes");
  process.exitCode = 1;
}
