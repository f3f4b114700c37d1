// The command of docs/resets.md that shows the validators' public keys, run as it stands there on a docker command of the
// test's own.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../toolchain/run";
import { deriveKeys, seedOf } from "../../../validators/derivation";
import { keystoreName } from "../../../validators/keystore";
import { DockerHere } from "../../support/docker-here";
import { read, section } from "../../support/docs";
import { ownFolder } from "../../support/folder";
import { MNEMONIC } from "../../support/node";

const docker = new DockerHere(join(ownFolder("public-keys"), "docker"));
const [, script = ""] =
  /^```sh\n([\s\S]*?)^```$/m.exec(section(read("docs/resets.md"), "How validators get onto the chain")) ?? [];

test("it shows the public keys of the validators that are in place, and of no others", async () => {
  const [first, second, aside] = deriveKeys(await seedOf(MNEMONIC), 0, 3).map(({ pubkey }) => pubkey);
  const volume = docker.volume("the-keys");
  for (const folder of ["keystores", "aside"]) mkdirSync(join(volume, folder));
  for (const pubkey of [first, second]) writeFileSync(join(volume, "keystores", keystoreName(pubkey ?? "")), "{}");
  writeFileSync(join(volume, "aside", keystoreName(aside ?? "")), "{}");
  docker.tell([{ when: "volume ls --quiet", stdout: "the-keys\n" }]);
  const { stdout } = await run("sh", ["-c", script]);
  expect(stdout.split("\n").sort()).toEqual([first, second].sort());
});

test("without such a volume it says so", async () => {
  docker.tell([{ when: "volume ls --quiet", stdout: "" }]);
  const { ok, stderr } = await run("sh", ["-c", script]);
  // The pipe's end has the exit code.
  expect(ok).toBe(true);
  expect(stderr).toContain("no such volume on this host");
});
