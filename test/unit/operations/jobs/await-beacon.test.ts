// What stands before a validator client whose beacon nodes somebody else runs. They are servers on loopback; the probe's
// script runs for real.

import { join } from "node:path";
import { awaitBeacon } from "../../../../operations/jobs/await-beacon";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { type Answer, type LocalServer, serve } from "../../../support/http";
import { CHAIN } from "../../../support/node";

jest.setTimeout(60_000);

const docker = new DockerHere(join(ownFolder("await-beacon"), "docker"));
const ROOT = CHAIN.genesisValidatorsRoot;
const OTHER = `0x${"9".repeat(64)}`;

const servers: LocalServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => {
  delete process.env.EPHEMERY_JOB;
});

/** URLs of nodes that answer so. */
async function nodes(...answers: readonly Answer[]): Promise<string[]> {
  const started = await Promise.all(answers.map((answer) => serve(() => answer)));
  servers.push(...started);
  return started.map(({ url }) => url);
}
const serving = (root: string): Answer => ({ body: { data: { genesis_validators_root: root, genesis_time: "1" } } });

async function awaited(beaconNodes: readonly string[]): Promise<unknown> {
  process.env.EPHEMERY_JOB = JSON.stringify({
    owner: { host: "local", stack: "test", id: "0badcafe" },
    uri: "unix:///nowhere",
    image: "tools",
    network: "p2p",
    chain: CHAIN,
    beaconNodes,
  });
  docker.calls();
  return JSON.parse(await awaitBeacon());
}

test("nodes that are on the chain are named, and asked from the network the validator client reaches them over", async () => {
  const urls = await nodes(serving(ROOT), serving(ROOT));
  expect(await awaited(urls)).toEqual({ serving: urls });
  expect(docker.calls().map(({ args }) => args.join(" "))).toEqual(
    urls.map(() => expect.stringContaining("--network=p2p")),
  );
});

test("one that does not answer is what the others are there for", async () => {
  const [down = "", up = ""] = await nodes({ status: 503 }, serving(ROOT));
  expect(await awaited([down, up])).toEqual({ serving: [up] });
});

test("promise 4: nothing starts while one of them is on another chain, whatever the others are on", async () => {
  const [right = "", wrong = ""] = await nodes(serving(ROOT), serving(OTHER));
  await expect(awaited([right, wrong])).rejects.toMatchObject({
    code: "beacon-nodes",
    message: `No validator client starts unless its beacon nodes are on this chain, ${ROOT}:\n  ${wrong} serves ${OTHER}`,
  });
});

test("nor while none of them answers", async () => {
  const [one = "", other = ""] = await nodes({ status: 503 }, { body: "<html></html>" });
  await expect(awaited([one, other])).rejects.toThrow(`  ${one} does not answer\n  ${other} does not answer`);
});
