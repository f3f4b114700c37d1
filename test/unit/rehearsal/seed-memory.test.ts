// What the seed remembers of a node: asked of its Beacon API, and how it forgets.

import { join } from "node:path";
import { HostChannel } from "../../../operations/host/channel";
import { forgetNode, memoryOf } from "../../../rehearsal/seed-memory";
import { DockerHere, type Told } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";
import { LoopbackNode } from "../../support/loopback-node";

jest.setTimeout(60_000);

const LOST = "/eth/v1/node/peers?state=disconnected";
const MET = "/eth/v1/node/peers?state=connected";
const GONE = [{ peer_id: "1", state: "disconnected", direction: "inbound" }];
const HERE = [{ peer_id: "1", state: "connected", direction: "inbound" }];
const SEED = "ephemery-local-dev-seed-5eed5eed";
const NODE = "ephemery-local-dev-0badcafe";

const docker = new DockerHere(join(ownFolder("seed-memory"), "docker"));
const host = new HostChannel("unix:///var/run/docker.sock");
const node = new LoopbackNode();
beforeAll(() => node.start(docker));
afterAll(() => node.stop());
beforeEach(() => docker.calls());

/** What is on the rehearsal's network. */
const onNetwork = (...names: string[]): Told => ({ when: "network inspect", stdout: `${names.join(" ")}\n` });

/** What docker says of a node's beacon container: since when it runs, and on which chain. */
const beaconSince = (seconds: number, generation = "7-0badcafe"): Told => ({
  when: `inspect --format {{.State.StartedAt}}`,
  stdout: `${new Date(Date.now() - seconds * 1_000).toISOString()} ${generation}\n`,
});

test.each([
  ["a node that is gone", [`${SEED}-beacon`, `${SEED}-execution`], { [MET]: [], [LOST]: GONE }, "one-that-is-gone"],
  ["no node when it has met none", [`${SEED}-beacon`], { [MET]: [], [LOST]: [] }, "nobody"],
] as const)("without a node on the network it remembers %s", async (_, names, beacon, expected) => {
  node.changed = { beacon };
  docker.tell([onNetwork(...names)]);
  expect(await memoryOf(host, "dev", 7, "tools")).toBe(expected);
});

test.each([
  [
    "one that it shut out, and that is on the chain for long",
    { [MET]: [], [LOST]: GONE },
    beaconSince(90),
    "one-it-shut-out",
  ],
  ["nobody while they are connected", { [MET]: HERE, [LOST]: GONE }, beaconSince(90), "nobody"],
  ["nobody when it has never met the node", { [MET]: [], [LOST]: [] }, beaconSince(90), "nobody"],
  ["nobody while the node is starting: it may still come", { [MET]: [], [LOST]: GONE }, beaconSince(20), "nobody"],
  ["nobody when the node is on another chain", { [MET]: [], [LOST]: GONE }, beaconSince(90, "6-0badcafe"), "nobody"],
] as const)("with a node there it remembers %s", async (_, beacon, since, expected) => {
  node.changed = { beacon };
  docker.tell([onNetwork(`${SEED}-beacon`, `${NODE}-execution`, `${NODE}-beacon`), since]);
  expect(await memoryOf(host, "dev", 7, "tools")).toBe(expected);
});

test("a node that comes back between two looks was not shut out", async () => {
  node.changed = { beacon: { [MET]: [], [LOST]: GONE } };
  docker.tell([onNetwork(`${SEED}-beacon`, `${NODE}-beacon`), beaconSince(90)]);
  const back = setTimeout(() => {
    node.changed = { beacon: { [MET]: HERE, [LOST]: [] } };
  }, 1_500);
  expect(await memoryOf(host, "dev", 7, "tools")).toBe("nobody");
  clearTimeout(back);
});

test.each([
  ["alone", [`${SEED}-beacon`]],
  ["with a node", [`${SEED}-beacon`, `${NODE}-beacon`]],
])("a seed that does not answer remembers nobody: %s", async (_, names) => {
  node.changed = { beacon: "silent" };
  docker.tell([onNetwork(...names), beaconSince(90)]);
  expect(await memoryOf(host, "dev", 7, "tools")).toBe("nobody");
});

const restarted = (): (string | undefined)[] =>
  docker.calls().flatMap(({ args }) => (args[0] === "restart" ? [args.at(-1)] : []));
const WELL: readonly Told[] = [
  { when: "restart" },
  { when: "ps --filter", stdout: "7-0badcafe\n7-0badcafe\n7-0badcafe\n" },
];

test("it forgets a node that is gone by a start of its beacon node alone, and is waited for", async () => {
  docker.tell([...WELL, onNetwork(`${SEED}-beacon`)]);
  await forgetNode(host, "dev", 7);
  expect(restarted()).toEqual([`${SEED}-beacon`]);
});

test("a node that it shut out is started after it: it was told to stay away", async () => {
  docker.tell([...WELL, onNetwork(`${SEED}-beacon`, `${NODE}-execution`, `${NODE}-beacon`), beaconSince(90)]);
  await forgetNode(host, "dev", 7);
  expect(restarted()).toEqual([`${SEED}-beacon`, `${NODE}-beacon`]);
});
