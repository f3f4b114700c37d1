// What is left to do to bring a rehearsal up whose seed runs: whether the seed has to forget a node, and whether a new
// one has to wait for its chain.

import { join } from "node:path";
import { LOCAL_URI } from "../../../operations/docker-engine";
import { Stack } from "../../../operations/engine/stack";
import { startSteps, stopSteps } from "../../../rehearsal/lifecycle";
import { PROFILES } from "../../../rehearsal/profile";
import { newNodeKey, save, TEST_MNEMONIC } from "../../../rehearsal/store";
import { DockerHere } from "../../support/docker-here";
import { ownFolder } from "../../support/folder";
import { LoopbackNode } from "../../support/loopback-node";

jest.setTimeout(60_000);

const FORGET = "have the seed forget a node that is gone, or that it shut out";
const WAIT = "wait until the seed's chain can be followed";
const LOST = "/eth/v1/node/peers?state=disconnected";
const MET = "/eth/v1/node/peers?state=connected";
const PEER = [{ peer_id: "1", state: "connected", direction: "inbound" }];
const SEED = "ephemery-local-dev-seed-5eed5eed-beacon";
const NODE = "ephemery-local-dev-0badcafe-beacon";

const folder = ownFolder("lifecycle");
const docker = new DockerHere(join(folder, "docker"));
const node = new LoopbackNode();
const profile = PROFILES["electra-fast"];
const dockerHost = "unix:///run/user/1000/docker.sock";
const options = { name: "dev", profile, dockerHost, subnet: "10.213.39", port: 1, lead: 0, images: "local" } as const;

beforeAll(async () => {
  process.env.EPHEMERY_DATA = join(folder, "data");
  await node.start(docker);
  await save({
    ...options,
    mnemonic: TEST_MNEMONIC,
    seed: { executionKey: newNodeKey(), beaconKey: newNodeKey() },
    iterations: [{ iteration: 7, executionGenesisTime: Math.floor(Date.now() / 1000) - 900 }],
  });
});
afterAll(async () => {
  delete process.env.EPHEMERY_DATA;
  await node.stop();
});

/** The seed's last final epoch is 3, of 8 slots; all that is looked at of it is empty but for these. */
function blocks(...of: readonly (readonly [slot: number, root: string, parent: string])[]): Record<string, unknown> {
  const none = Array.from({ length: 16 }, (_, nth) => [`/eth/v1/beacon/headers?slot=${24 + nth}`, []]);
  const some = of.map(([slot, root, parent_root]) => [
    `/eth/v1/beacon/headers?slot=${slot}`,
    [{ root, header: { message: { parent_root } } }],
  ]);
  return Object.fromEntries([...none, ...some]);
}
const ONE_CHAIN = blocks([24, "0xa", "0xz"], [25, "0xb", "0xa"]);
const ORPHANED = blocks([24, "0xa", "0xz"], [25, "0xo", "0xz"]);

test.each([
  ["nothing before the first node", [SEED], { [MET]: [], [LOST]: [], ...ONE_CHAIN }, []],
  [
    "nothing for a node that is connected, whatever the chain",
    [SEED, NODE],
    { [MET]: PEER, [LOST]: [], ...ORPHANED },
    [],
  ],
  ["it forgets a node that is gone", [SEED], { [MET]: [], [LOST]: PEER, ...ONE_CHAIN }, [FORGET]],
  ["a new node waits for the chain", [SEED], { [MET]: [], [LOST]: [], ...ORPHANED }, [WAIT]],
  [
    "one that was shut out waits, and is forgotten then",
    [SEED, NODE],
    { [MET]: [], [LOST]: PEER, ...ORPHANED },
    [WAIT, FORGET],
  ],
])("%s", async (_, names, beacon, expected) => {
  node.changed = { beacon };
  const since = new Date(Date.now() - 90_000).toISOString();
  docker.tell([
    { when: "ps --filter", stdout: "7-5eed5eed\n7-5eed5eed\n7-5eed5eed\n" },
    { when: "network inspect", stdout: `${names.join(" ")}\n` },
    { when: "inspect --format {{.State.StartedAt}}", stdout: `${since} 7-0badcafe\n` },
  ]);
  const nobody = new Stack("dev-seed", { origin: "built", pulumi: "/nowhere", env: {} }, folder);
  const steps = await startSteps(options, nobody);
  const left = steps.filter(({ done, title }) => !done && title !== "start the release server");
  expect(left.map(({ title }) => title)).toEqual(expected);
});

test("promise 9: a rehearsal that is on another engine is not begun a second time", async () => {
  const nobody = new Stack("dev-seed", { origin: "built", pulumi: "/nowhere", env: {} }, folder);
  docker.calls();
  await expect(startSteps({ ...options, dockerHost: LOCAL_URI }, nobody)).rejects.toMatchObject({
    code: "rehearsal",
    message: `The rehearsal dev is on the Docker Engine at ${dockerHost}, not on that at ${LOCAL_URI}.`,
    remedy: expect.stringContaining("bin/ephemery rehearse stop --name dev"),
  });
  expect(docker.calls()).toEqual([]);
});

test("a rehearsal is looked at, and taken down, on the engine it was begun on", async () => {
  const nobody = new Stack("dev-seed", { origin: "built", pulumi: "/nowhere", env: {} }, folder);
  docker.tell([{ when: "network", stdout: "" }]);
  docker.calls();
  await startSteps(options, nobody);
  const last = (await stopSteps("dev", nobody)).find(({ title }) => title === "remove the network");
  await last?.run(() => undefined);
  const calls = docker.calls();
  expect(calls.map(({ args }) => args.slice(0, 2).join(" "))).toContain("network rm");
  expect(new Set(calls.map(({ env }) => env.DOCKER_HOST))).toEqual(new Set([dockerHost]));
});
