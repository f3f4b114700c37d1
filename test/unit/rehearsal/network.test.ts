// The network of a rehearsal, and who is on it, by what docker is asked and told.

import { join } from "node:path";
import { HostChannel } from "../../../operations/host/channel";
import { assertUnused, ensureNetwork, nodesOn } from "../../../rehearsal/network";
import { DockerHere } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";

const docker = new DockerHere(join(ownFolder("rehearsal-network"), "docker"));
const host = new HostChannel("unix:///var/run/docker.sock");
beforeEach(() => docker.calls());

const NONE = { when: "network inspect", code: 1, stderr: "Error: No such network" };
const created = (): string[][] => docker.calls().flatMap(({ args }) => (args.includes("create") ? [args] : []));

test("promise 7: it is internal, so that nothing on it reaches or is reached from outside", async () => {
  docker.tell([NONE, { when: "network create", stdout: "0a1b\n" }]);
  await ensureNetwork(host, "dev", "10.213.39");
  const [args = [], ...more] = created();
  expect(more).toEqual([]);
  expect(args).toEqual(
    expect.arrayContaining(["--internal", "10.213.39.0/24", "10.213.39.128/25", "ephemery-rehearsal-dev"]),
  );
});

test("one that is there is left as it is", async () => {
  docker.tell([{ when: "network inspect", stdout: "[]" }]);
  await ensureNetwork(host, "dev", "10.213.39");
  expect(created()).toEqual([]);
});

test.each([
  ["addresses another network has", "Pool overlaps with other one on this address space", "--subnet"],
  ["anything else", "could not find an available bridge", "docker info"],
])("promise 9: %s: the error says what to do", async (_, stderr, remedy) => {
  docker.tell([NONE, { when: "network create", code: 1, stderr }]);
  await expect(ensureNetwork(host, "dev", "10.213.39")).rejects.toMatchObject({
    code: "rehearsal",
    remedy: expect.stringContaining(remedy),
  });
});

const SEED = "ephemery-local-dev-seed-5eed5eed-beacon";
const NODE = "ephemery-local-dev-0badcafe-beacon";

test("nodes on it are all but the seed's containers", async () => {
  docker.tell([{ when: "network inspect", stdout: `${SEED} ${NODE} \n` }]);
  expect(await nodesOn(host, "dev", "dev-seed")).toEqual([NODE]);
  await expect(assertUnused(host, "dev", "dev-seed")).rejects.toThrow(`in use by ${NODE}`);
  docker.tell([{ when: "network inspect", stdout: `${SEED} \n` }]);
  await expect(assertUnused(host, "dev", "dev-seed")).resolves.toBeUndefined();
});
