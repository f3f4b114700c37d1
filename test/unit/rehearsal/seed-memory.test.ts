// What the seed remembers of a node that is gone: asked of its Beacon API, and only while no node is there.

import { join } from "node:path";
import { HostChannel } from "../../../operations/host/channel";
import { forgetNode, remembersNode } from "../../../rehearsal/seed-memory";
import { DockerHere, type Told } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";
import { LoopbackNode } from "../../support/loopback-node";

jest.setTimeout(60_000);

const LOST = "/eth/v1/node/peers?state=disconnected";
const GONE = [{ peer_id: "1", state: "disconnected", direction: "inbound" }];
const SEED = "ephemery-local-dev-seed-5eed5eed";

const docker = new DockerHere(join(ownFolder("seed-memory"), "docker"));
const host = new HostChannel("unix:///var/run/docker.sock");
const node = new LoopbackNode();
beforeAll(() => node.start(docker));
afterAll(() => node.stop());
beforeEach(() => docker.calls());

/** What is on the rehearsal's network. */
const onNetwork = (...names: string[]): Told => ({ when: "network inspect", stdout: `${names.join(" ")}\n` });

test.each([
  ["a node that is gone", [`${SEED}-beacon`, `${SEED}-execution`], { [LOST]: GONE }, true],
  ["no node when it has met none", [`${SEED}-beacon`], { [LOST]: [] }, false],
  ["none while one is there", [`${SEED}-beacon`, "ephemery-local-dev-0badcafe-beacon"], { [LOST]: GONE }, false],
])("the seed remembers %s", async (_, names, beacon, expected) => {
  node.changed = { beacon };
  docker.tell([onNetwork(...names)]);
  expect(await remembersNode(host, "dev", "tools")).toBe(expected);
});

test("a seed that does not answer remembers nobody", async () => {
  node.changed = { beacon: "silent" };
  docker.tell([onNetwork(`${SEED}-beacon`)]);
  expect(await remembersNode(host, "dev", "tools")).toBe(false);
});

test("it forgets by a start of its beacon node alone, and is waited for", async () => {
  docker.tell([{ when: "restart" }, { when: "ps --filter", stdout: "7-0badcafe\n7-0badcafe\n7-0badcafe\n" }]);
  await forgetNode(host, "dev", 7);
  const calls = docker.calls().map(({ args }) => [args[0], args.at(-1)]);
  expect(calls[0]).toEqual(["restart", `${SEED}-beacon`]);
  expect(calls.slice(1).map(([command]) => command)).toEqual(["ps"]);
});
