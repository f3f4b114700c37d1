// What is decided once per generation. Providers are servers on loopback; the probe's script runs for real.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChainFacts } from "../../../../chain/facts";
import { decisionsSchema } from "../../../../components/decisions";
import { decide } from "../../../../operations/jobs/decide";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { type Answer, type LocalServer, serve } from "../../../support/http";
import { CHAIN } from "../../../support/node";

jest.setTimeout(60_000);

const folder = ownFolder("decide");
const docker = new DockerHere(join(folder, "docker"));
docker.tell([{ when: "{{.MemTotal}}", stdout: "25276387328\n" }]);

const EPOCH = 32 * 12;
/** The chain in the middle of an epoch. */
const chainAt = (epoch: number): ChainFacts => ({
  ...CHAIN,
  genesisTime: Math.floor(Date.now() / 1000) - epoch * EPOCH - EPOCH / 2,
});

interface ProviderState {
  readonly root?: string;
  readonly final?: number | string;
  readonly answer?: Answer;
  /** What it says when it is asked for its finalized state. */
  readonly state?: Answer;
}

function provider({
  root = CHAIN.genesisValidatorsRoot,
  final = 98,
  answer,
  state = { body: "ssz" },
}: ProviderState): Promise<LocalServer> {
  return serve(({ url }) => {
    if (answer) return answer;
    const checkpoint = { epoch: String(final), root: "0x" };
    if (url === "/eth/v1/beacon/genesis")
      return { body: { data: { genesis_validators_root: root, genesis_time: "1" } } };
    if (url === "/eth/v1/beacon/states/head/finality_checkpoints")
      return { body: { data: { finalized: checkpoint, current_justified: checkpoint } } };
    return url === "/eth/v2/debug/beacon/states/finalized" ? state : { status: 404 };
  });
}

interface Asked {
  readonly epoch: number;
  readonly providers?: readonly string[];
}

async function decided({ epoch, providers = [] }: Asked) {
  process.env.EPHEMERY_JOB = JSON.stringify({
    owner: { host: "local", stack: "test", id: "0badcafe" },
    uri: "unix:///nowhere",
    image: "tools",
    network: "p2p",
    chain: chainAt(epoch),
    checkpointProviders: providers,
  });
  docker.calls();
  return decisionsSchema.parse(JSON.parse(await decide()));
}

const servers: LocalServer[] = [];
const started = async (state: ProviderState): Promise<LocalServer> => {
  const server = await provider(state);
  servers.push(server);
  return server;
};
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => {
  delete process.env.EPHEMERY_JOB;
});

describe("where the beacon node starts", () => {
  test.each([0, 1, 2])("in epoch %i: from the bundle's genesis, and no provider is asked", async (epoch) => {
    const server = await started({});
    expect((await decided({ epoch, providers: [server.url] })).start).toMatchObject({ kind: "genesis" });
    expect(server.asked).toEqual([]);
  });

  test.each([3, 100])("in epoch %i: from the first provider on this chain with a recent epoch", async (epoch) => {
    const [first, second] = [await started({ final: epoch - 2 }), await started({ final: epoch - 1 })];
    const { start } = await decided({ epoch, providers: [`${first.url}/`, second.url] });
    expect(start).toEqual({ kind: "checkpoint", url: `${first.url}/`, epoch: epoch - 2 });
  });

  test.each<[string, ProviderState, string]>([
    ["on another chain", { root: `0x${"9".repeat(64)}` }, "is on another chain"],
    ["with nothing final", { final: 0 }, "has nothing final yet"],
    ["that is stale", { final: 60 }, "is stale at epoch 60"],
    ["that answers with an error", { answer: { status: 503, body: "busy" } }, "does not answer as a Beacon API does"],
    ["that is rate-limited", { answer: { status: 429, body: "slow down" } }, "does not answer as a Beacon API does"],
    ["that answers with a web page", { answer: { body: "<html></html>" } }, "does not answer as a Beacon API does"],
    ["that keeps its state to itself", { state: { status: 403, body: "no" } }, "does not serve its finalized state"],
    ["that has no such state", { state: { status: 404 } }, "does not serve its finalized state"],
    ["whose epoch is no number", { final: "-1" }, "does not answer as a Beacon API does"],
    ["that cuts the connection", { answer: { cut: true } }, "does not answer as a Beacon API does"],
  ])(
    "promise 3: a provider %s is passed over, and without another one the start is the bundle's genesis",
    async (_, state, reason) => {
      const [bad, good] = [await started(state), await started({ final: 98 })];
      expect((await decided({ epoch: 100, providers: [bad.url, good.url] })).start).toEqual({
        kind: "checkpoint",
        url: good.url,
        epoch: 98,
      });
      expect((await decided({ epoch: 100, providers: [bad.url] })).start).toEqual({
        kind: "genesis",
        reason: `${bad.url} ${reason}`,
        epoch: 100,
      });
    },
  );

  test.each([
    ["docker-unreachable", "Cannot connect to the Docker daemon at unix:///nowhere. Is the docker daemon running?"],
    ["job", "Error response from daemon: network p2p not found."],
  ])("promise 9: a host that can't ask is no provider that does not answer: %s", async (code, stderr) => {
    const before = docker.told();
    docker.tell([{ when: "run", code: 125, stderr: `docker: ${stderr}\n` }, ...before]);
    try {
      const asked = decided({ epoch: 100, providers: ["http://192.0.2.1"] });
      await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(stderr) });
    } finally {
      docker.tell(before);
    }
  });

  test("without any provider: from the bundle's genesis", async () => {
    const start = { kind: "genesis", reason: "there is no provider", epoch: 100 };
    expect((await decided({ epoch: 100 })).start).toEqual(start);
  });

  test("providers are asked from the network the beacon node will fetch over, without any right", async () => {
    const server = await started({});
    await decided({ epoch: 100, providers: [server.url] });
    const run = docker.calls().find(({ args }) => args[0] === "run");
    expect(run?.args).toEqual(
      expect.arrayContaining(["--network=p2p", "--user=65534:65534", "--read-only", "--cap-drop=ALL"]),
    );
  });

  test("an address is an address, whatever the shell would make of it", async () => {
    const proof = join(folder, "proof");
    await decided({ epoch: 100, providers: [`http://127.0.0.1:1/';touch${"$"}{IFS}${proof};'`] });
    expect(existsSync(proof)).toBe(false);
  });
});

test("the host's memory is what Docker reports, in MiB", async () => {
  expect((await decided({ epoch: 0 })).hostMemory).toBe(24_105);
});
