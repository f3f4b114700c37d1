// Lodestar's import asks a beacon node for the chain's root; the answer is given beside it. The script runs for real.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lodestar } from "../../../clients/validator/lodestar";
import { ownFolder } from "../../support/folder";
import { CHAIN } from "../../support/node";
import { outcome } from "../../support/shell";

const program = join(ownFolder("lodestar"), "lodestar.js");

test("the import gets its own words and the chain's root, and its exit code is the run's", async () => {
  writeFileSync(
    program,
    `const url = process.argv.find((word) => word.startsWith("--beaconNodes=")).slice(14);
fetch(url + "/eth/v1/beacon/genesis").then((answer) => answer.json()).then(({ data }) => {
  console.log(JSON.stringify({ words: process.argv.slice(2), root: data.genesis_validators_root }));
  process.exit(7);
});`,
  );
  const { entrypoint = [], command } = lodestar.interchange.imported(CHAIN, "/keys/interchange/last.json");
  const [node = "", ...words] = entrypoint.map((word) => word.replace("/usr/app/packages/cli/bin/lodestar", program));
  const { code, stdout } = await outcome(node, [...words, ...command]);
  expect(code).toBe(7);
  expect(JSON.parse(stdout)).toEqual({ words: command, root: CHAIN.genesisValidatorsRoot });
});
