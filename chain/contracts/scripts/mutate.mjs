// Plants faults in a copy of the sources, one at a time, and demands that forge's tests fail for each.
// A fault that does not compile proves nothing and counts as an error. The result goes to
// mutations.json; with --check nothing is written and the committed file must name the same faults.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// file, what a careless hand would have written, the right text, the wrong text.
const FAULTS = [
  ["Terms", "a revenue share above the whole is accepted", "terms.revenuePpm <= 1_000_000", "terms.revenuePpm <= 10_000_000"],
  ["Terms", "a price without a period is accepted", "require((terms.price == 0) == (terms.durationDays == 0), PriceWithoutPeriod());", ""],
  ["Terms", "a licence that does not allow training is sold", "require(terms.price == 0 || terms.train, PriceWithoutTraining());", ""],
  ["Terms", "free means open, whoever may train", "return terms.train && terms.price == 0;", "return terms.price == 0;"],
  ["Terms", "a price is no bar to training", "return terms.train && terms.price == 0;", "return terms.train;"],
  ["DataNets", "anybody sets terms and curators", "require(msg.sender == _existing(netId).owner, NotOwner(netId, msg.sender));", "_existing(netId);"],
  ["DataNets", "anybody publishes", "require(msg.sender == stored.owner || isCurator[netId][msg.sender], NotCurator(netId, msg.sender));", ""],
  ["DataNets", "a curator of one net publishes in all", "isCurator[netId][msg.sender], NotCurator", "isCurator[1][msg.sender], NotCurator"],
  ["DataNets", "a removed curator stays one", "isCurator[netId][curator] = allowed;", "isCurator[netId][curator] = true;"],
  ["DataNets", "a version may be empty", "require(rows != 0, NoRows());\n        uint32 newest", "uint32 newest"],
  ["DataNets", "a version is published twice", "require(_versions[netId][newest].digest != digest, SameVersion(netId, newest));", ""],
  ["DataNets", "a version overwrites the one before", "number = newest + 1;", "number = newest == 0 ? 1 : newest;"],
  ["DataNets", "new terms reach back to version 1", "Version memory stored = _versions[netId][number];", "Version memory stored = _versions[netId][number];\n        stored.terms = _nets[netId].terms;"],
  ["DataNets", "terms are not kept", "_terms[digest] = given;", ""],
  ["DataNets", "unknown terms read as all false", "require(termsDigest(stored) == digest, UnknownTerms(digest));", ""],
  ["DataNets", "a leaf is hashed once", "keccak256(bytes.concat(keccak256(abi.encode(row, contributor, byteLength))))", "keccak256(abi.encode(row, contributor, byteLength))"],
  ["DataNets", "a row is anybody's", "abi.encode(row, contributor, byteLength)", "abi.encode(row, byteLength)"],
  ["Licences", "the buyer's agreement is not asked for", "require(termsDigest == inForce, TermsChanged(netId, termsDigest, inForce));", ""],
  ["Licences", "overpaying is kept", "require(msg.value == terms.price,", "require(msg.value >= terms.price,"],
  ["Licences", "paying less is enough", "require(msg.value == terms.price,", "require(msg.value <= terms.price,"],
  ["Licences", "a licence for a closed net costs nothing", "require(terms.price != 0, NotForSale(netId));", ""],
  ["Licences", "buying again loses the days left", "uint64 from = validUntil[msg.sender][netId];", "uint64 from = 0;"],
  ["Licences", "buying after the end starts in the past", "if (from < block.timestamp) from = uint64(block.timestamp);", "if (from == 0) from = uint64(block.timestamp);"],
  ["Licences", "a day has 24 minutes", "* 1 days", "* 24 minutes"],
  ["Licences", "proceeds replace what was there", "claimable[owner] += msg.value;", "claimable[owner] = msg.value;"],
  ["Licences", "the buyer gets the proceeds", "claimable[owner] += msg.value;", "claimable[msg.sender] += msg.value;"],
  ["Licences", "proceeds are sent before they are struck off", "claimable[msg.sender] = 0;\n        emit Withdrawn(msg.sender, to, amount);\n        Address.sendValue(to, amount);", "Address.sendValue(to, amount);\n        emit Withdrawn(msg.sender, to, amount);\n        claimable[msg.sender] = 0;"],
  ["Licences", "proceeds are never struck off", "claimable[msg.sender] = 0;", ""],
  ["Licences", "anybody grants licences", "require(msg.sender == owner, NotOwner(netId, msg.sender));", ""],
  ["Licences", "a grant shortens a licence", "require(until > held && until > block.timestamp,", "require(until > block.timestamp,"],
  ["Licences", "an ended licence still covers", "if (validUntil[account][netId] > block.timestamp) return true;", "if (validUntil[account][netId] > 0) return true;"],
  ["Licences", "a licence covers its last second twice", "if (validUntil[account][netId] > block.timestamp) return true;", "if (validUntil[account][netId] >= block.timestamp) return true;"],
  ["Licences", "a licence holds for every net", "if (validUntil[account][netId] > block.timestamp) return true;", "if (validUntil[account][1] > block.timestamp) return true;"],
  ["Licences", "the terms in force decide, not the version's", "nets.termsOf(version.terms)", "nets.termsOf(nets.net(netId).terms)"],
  ["ModelRegistry", "a manifest is registered twice", "require(earlier == 0, AlreadyRegistered(msg.sender, manifest, earlier));", ""],
  ["ModelRegistry", "a manifest is taken for everybody", "uint64 earlier = idOf[msg.sender][manifest];", "uint64 earlier = idOf[address(0)][manifest];\n        idOf[address(0)][manifest] = 1;"],
  ["ModelRegistry", "a model is its own parent", "require(parent < id,", "require(parent <= id,"],
  ["ModelRegistry", "a parent is named twice", "require(parent > before,", "require(parent >= before,"],
  ["ModelRegistry", "a parent too many", "require(parents.length <= MAX_PARENTS,", "require(parents.length <= MAX_PARENTS + 1,"],
  ["ModelRegistry", "a parent too few", "require(parents.length <= MAX_PARENTS,", "require(parents.length < MAX_PARENTS,"],
  ["ModelRegistry", "somebody else's model is superseded", "if (supersedes != 0) _requireOwner(supersedes);", ""],
  ["ModelRegistry", "somebody else's model is withdrawn", "        _requireOwner(id);\n        require(_withdrawn", "        require(_withdrawn"],
  ["ModelRegistry", "a model is withdrawn twice", "require(_withdrawn[id] == 0, AlreadyWithdrawn(id));", ""],
  ["ModelRegistry", "withdrawing deletes the record", "_withdrawn[id] = uint64(block.timestamp);", "_withdrawn[id] = uint64(block.timestamp);\n        delete _models[id].manifest;"],
  ["ModelRegistry", "terms are lost", "if (terms != 0) stored.terms = terms;", ""],
];

const SUITES = {
  Terms: "test/DataNets.t.sol",
  DataNets: "test/DataNets.t.sol",
  Licences: "test/Licences.t.sol",
  ModelRegistry: "test/ModelRegistry.t.sol",
};

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const work = mkdtempSync(join(tmpdir(), "mutate-"));
for (const part of ["src", "test", "bin", "foundry.toml", "package.json"]) {
  cpSync(join(root, part), join(work, part), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(work, "node_modules"));

// A fault shows in few calls, and each campaign runs once per fault. What a fault leaves unused is a
// warning, and only errors count here. A fault is one of the source, so the optimiser, which takes
// most of the time, stays off.
const env = { ...process.env, FOUNDRY_INVARIANT_RUNS: "6", FOUNDRY_FUZZ_RUNS: "48", FOUNDRY_DENY: "never", FOUNDRY_OPTIMIZER: "false" };
const forge = (...args) => spawnSync(join(work, "bin", "forge"), args, { cwd: work, env, encoding: "utf8" });

function fail(message, detail = "") {
  console.error(message + (detail ? "\n" + detail : ""));
  rmSync(work, { recursive: true });
  process.exit(1);
}

const clean = forge("test");
const passing = (clean.stdout.match(/^\[PASS\]/gm) ?? []).length;
if (clean.status !== 0 || passing === 0) fail("the tests fail without a fault", clean.stdout + clean.stderr);

const results = [];
let survived = 0;
for (const [name, fault, right, wrong] of FAULTS) {
  const file = `src/${name}.sol`;
  const path = join(work, file);
  const source = readFileSync(path, "utf8");
  if (source.split(right).length !== 2) fail(`${fault}: ${file} does not hold exactly once: ${right}`);
  writeFileSync(path, source.replace(right, () => wrong));
  // Nearest first: most faults show in the contract's own tests, which compile in a third of the time.
  let tests = [];
  for (const suite of [SUITES[name], "test/*.t.sol"]) {
    const run = forge("test", "--match-path", suite);
    tests = [...new Set([...run.stdout.matchAll(/^\[FAIL.*\] (\w+)\(/gm)].map((m) => m[1]))].sort();
    if (run.status !== 0 && tests.length === 0) fail(`${fault}: does not compile`, run.stdout + run.stderr);
    if (tests.length > 0) break;
  }
  writeFileSync(path, source);
  if (tests.length === 0) survived++;
  console.log(`${tests.length === 0 ? "SURVIVED" : "caught  "}  ${name}: ${fault}`);
  results.push({ contract: name, fault, caught_by: tests });
}
rmSync(work, { recursive: true });

const path = join(root, "mutations.json");
const text = JSON.stringify({ faults: results.length, caught: results.length - survived, results }, null, 1) + "\n";
if (process.argv.includes("--check")) {
  const recorded = JSON.parse(readFileSync(path, "utf8")).results.map((r) => r.fault);
  if (JSON.stringify(recorded) !== JSON.stringify(results.map((r) => r.fault))) {
    console.error("mutations.json names other faults: run mutate.sh and commit it");
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, text);
}
console.log(`${results.length - survived} of ${results.length} faults caught`);
if (survived > 0) process.exitCode = 1;
