// What holds for execution clients beyond what each one's golden file shows: their memory, whatever the host's,
// and where they look for peers.

import fc from "fast-check";
import { executionClients } from "../../../clients/execution";
import { renderNode } from "../../../clients/node";
import { type ContainerSpec, identityFile } from "../../../clients/spec";
import { EXECUTION_CLIENTS } from "../../../config/keys";
import { CHAIN, REHEARSAL, settingsOf } from "../../support/node";

type Client = (typeof EXECUTION_CLIENTS)[number];

function render(
  executionClient: Client,
  config: Readonly<Record<string, string>> = {},
  hostMemory = 8000,
  chain = CHAIN,
) {
  const { execution } = renderNode({
    settings: settingsOf({ executionClient, ...config }),
    chain,
    start: { kind: "genesis", reason: "" },
    hostMemory,
    doppelgangerProtection: false,
  });
  if (execution === undefined) throw new Error("a node has an execution client");
  return execution;
}

const number = ({ command }: ContainerSpec, flag: string): number =>
  Number.parseInt(command.find((each) => each.startsWith(`${flag}=`))?.slice(flag.length + 1) ?? "", 10);

/** Hosts of every size, and memory and peers as the sizing table or a person sets them. */
const sized = (holds: (config: Readonly<Record<string, string>>, hostMemory: number) => void): void =>
  fc.assert(
    fc.property(
      fc.integer({ min: 500, max: 200_000 }),
      fc.option(fc.integer({ min: 256, max: 100_000 }), { nil: undefined }),
      fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
      (hostMemory, memory, peers) =>
        holds(
          {
            ...(memory === undefined ? {} : { executionMemory: String(memory) }),
            ...(peers === undefined ? {} : { executionPeers: String(peers) }),
          },
          hostMemory,
        ),
    ),
  );

test("Besu's heap is half of its limit: what lies outside of it has the other half", () => {
  sized((config, hostMemory) => {
    const { env, memory } = render("besu", config, hostMemory);
    const heap = Number(/^-Xmx(\d+)m /.exec(env.JAVA_OPTS ?? "")?.[1]);
    expect(heap).toBeGreaterThan(0);
    expect(heap).toBeLessThanOrEqual(memory / 2);
  });
});

test("Erigon collects garbage before its limit, and a batch is no larger than its cache or than is of use", () => {
  sized((config, hostMemory) => {
    const spec = render("erigon", config, hostMemory);
    const limit = Number(/^(\d+)MiB$/.exec(spec.env.GOMEMLIMIT ?? "")?.[1]);
    expect(limit).toBeGreaterThan(0);
    expect(limit).toBeLessThan(spec.memory);
    expect(number(spec, "--batchSize")).toBeLessThanOrEqual(512);
  });
});

test("Nethermind starts with the memory it is told of: peers and transactions have room in it, changed state is the smaller cache", () => {
  sized((config, hostMemory) => {
    const spec = render("nethermind", config, hostMemory);
    // MemoryHintMan's sums: 32 MB for itself, 1 MB for each peer, up to a fifth for the network, and then twice
    // what 2048 transactions of 40 kB take.
    const left = number(spec, "--Init.MemoryHint") - 32e6;
    const peers = number(spec, "--Network.MaxActivePeers") * 1e6;
    expect(peers).toBeLessThanOrEqual(left * 0.75);
    expect((left - peers) * 0.8).toBeGreaterThan(2 * 2048 * 40e3);
    expect(number(spec, "--Pruning.DirtyCacheMb")).toBeLessThan(number(spec, "--Pruning.CacheMb"));
  });
});

test("what the sizing table gives Nethermind fits into its limit", () => {
  for (const hostMemory of [4000, 8000, 16_000, 64_000]) {
    const spec = render("nethermind", {}, hostMemory);
    const caches = number(spec, "--Init.MemoryHint") / 2 ** 20 + number(spec, "--Pruning.CacheMb");
    expect(caches).toBeLessThanOrEqual(spec.memory * 0.6);
  }
});

test("without bootnodes Reth looks for no peers, where it would look for mainnet's", () => {
  const lonely = { ...CHAIN, bootnodes: { execution: [], beacon: [] } };
  expect(render("reth", {}, 8000, lonely).command).toContain("--disable-discovery");
  expect(render("reth").command).not.toContain("--disable-discovery");
});

test("Nethermind takes peers of one network for several on a rehearsal, and nowhere else", () => {
  const flag = "--Network.FilterPeersBySameSubnet=false";
  expect(render("nethermind", REHEARSAL).command).toContain(flag);
  expect(render("nethermind").command).not.toContain(flag);
});

test.each(EXECUTION_CLIENTS)("%s is known to peers by the kept key, read-only", (client) => {
  const { command, mounts } = render(client);
  const jobs = executionClients[client].prepare(CHAIN);
  const readers = [{ command, mounts }, ...jobs].filter((each) =>
    each.command.join(" ").includes(identityFile("execution")),
  );
  expect(readers).toHaveLength(1);
  expect(readers[0]?.mounts).toContainEqual({ volume: "identity", readOnly: true });
});

test.each(EXECUTION_CLIENTS)("%s runs on no built-in network", (client) => {
  expect(render(client).command.join(" ")).not.toMatch(/ephemery|mainnet|--network=/i);
});

test.each(EXECUTION_CLIENTS)("%s has an official image with a fixed version", (client) => {
  expect(executionClients[client].images.official).toMatch(/:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
});
