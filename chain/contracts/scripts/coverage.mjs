// Reads forge's lcov.info and fails when fewer lines of src/ than the given share were run:
//   node scripts/coverage.mjs 95
// forge does not count free functions, so src/Terms.sol has no lines here; mutate.sh covers it.
import { readFileSync } from "node:fs";

const floor = Number(process.argv[2]);
let file, found = 0, hit = 0;
for (const line of readFileSync("lcov.info", "utf8").split("\n")) {
  if (line.startsWith("SF:")) file = line.slice(3);
  if (!file?.startsWith("src/")) continue;
  if (line.startsWith("LF:")) found += Number(line.slice(3));
  if (line.startsWith("LH:")) hit += Number(line.slice(3));
  if (line.startsWith("DA:") && line.endsWith(",0")) console.error(`not run: ${file}:${line.slice(3, -2)}`);
}
const share = found === 0 ? 0 : (100 * hit) / found;
console.log(`line coverage: ${share.toFixed(1)} % (${hit} of ${found})`);
process.exitCode = share >= floor ? 0 : 1;
