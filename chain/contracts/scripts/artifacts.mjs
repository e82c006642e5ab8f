// Writes artifacts/<Name>.json from forge's output: the ABI and both byte codes, nothing that differs
// between machines. With --check it writes nothing and fails when a committed file differs.
import { readFileSync, writeFileSync, mkdirSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const NAMES = ["DataNets", "Licences", "ModelRegistry"];

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");
let stale = 0;

for (const name of NAMES) {
  const built = JSON.parse(readFileSync(join(root, "out", `${name}.sol`, `${name}.json`), "utf8"));
  const text =
    JSON.stringify(
      {
        name,
        compiler: built.metadata.compiler.version,
        abi: built.abi,
        creation: built.bytecode.object,
        runtime: built.deployedBytecode.object,
      },
      null,
      1,
    ) + "\n";
  const path = join(root, "artifacts", `${name}.json`);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.error(`artifacts/${name}.json is not what the sources compile to: run generate.sh`);
    stale++;
  }
}
process.exitCode = stale > 0 ? 1 : 0;
