// The README's command that shows a generated mnemonic, run as it stands there on a docker command of the test's own.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../toolchain/run";
import { DockerHere } from "../../support/docker-here";
import { read, section } from "../../support/docs";
import { ownFolder } from "../../support/folder";

const docker = new DockerHere(join(ownFolder("mnemonic"), "docker"));
const blocks = [...section(read("README.md"), "Where secrets live").matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
const script = blocks.map(([, text]) => text).find((text) => text?.includes("mnemonic.txt")) ?? "";

const shown = async (volumes: string) => {
  docker.tell([{ when: "volume ls --quiet", stdout: volumes }]);
  docker.calls();
  const { ok, stdout, stderr } = await run("sh", ["-c", script]);
  return { ok, stdout, stderr, asked: docker.calls().map(({ args }) => args) };
};

test("it shows the words, which get neither into Docker's logs nor near a network", async () => {
  writeFileSync(join(docker.volume("the-keys"), "mnemonic.txt"), "abandon about\n");
  const { stdout, asked } = await shown("the-keys\n");
  expect(stdout).toBe("abandon about");
  const flags = ["--rm", "--log-driver=none", "--network=none", "--volume=the-keys:/keys:ro"];
  expect(asked.at(-1)).toEqual(expect.arrayContaining(["run", ...flags]));
});

test("without such a volume it says so, and starts nothing", async () => {
  const { ok, stderr, asked } = await shown("");
  expect(ok).toBe(false);
  expect(stderr).toContain("no such volume on this host");
  expect(asked.map(([first]) => first)).toEqual(["volume"]);
});
