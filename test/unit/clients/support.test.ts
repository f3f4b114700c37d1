// The table of clients against the settings and the commands: who is in it, and what can't be set.

import { renderNode } from "../../../clients/node";
import type { Layer } from "../../../clients/spec";
import { supported } from "../../../clients/support";
import { BEACON_CLIENTS, EXECUTION_CLIENTS, INTEGRATED, type KeyName, VALIDATOR_CLIENTS } from "../../../config/keys";
import { CHAIN, settingsOf, VALIDATORS } from "../../support/node";
import { placeOf } from "../../support/situations";

const of = (layer: Layer): readonly string[] =>
  supported()
    .filter((each) => each.layer === layer)
    .map(({ client }) => client);

test("every client of the settings is in the table, in their order", () => {
  expect(of("execution")).toEqual(EXECUTION_CLIENTS);
  expect(of("beacon")).toEqual(BEACON_CLIENTS);
  expect(of("validator")).toEqual([...VALIDATOR_CLIENTS, INTEGRATED]);
});

test("those that can be built here were run, in another version than the pinned one", () => {
  const run = supported().filter(({ tested }) => tested === "run");
  expect(run.map(({ layer, client }) => `${layer} ${client}`)).toEqual([
    "execution geth",
    "beacon prysm",
    "validator prysm",
  ]);
  for (const { version, testedVersion } of run) expect(testedVersion).not.toBe(version);
});

/** Another value for each key that a client of the layer could care for. */
const OTHER: Readonly<Record<Layer, Readonly<Partial<Record<KeyName, string>>>>> = {
  execution: {
    publicAddress: "203.0.113.8",
    executionP2pPort: "31303",
    executionExtraArgs: '["--x"]',
    executionMemory: "3000",
    executionPeers: "7",
    exposeRpc: "127.0.0.1:8545",
    exposeWebSocket: "127.0.0.1:8546",
    metrics: "false",
  },
  beacon: {
    publicAddress: "203.0.113.8",
    beaconP2pPort: "19000",
    beaconQuicPort: "19001",
    beaconExtraArgs: '["--x"]',
    beaconMemory: "3000",
    beaconPeers: "7",
    exposeBeaconApi: "127.0.0.1:5052",
    metrics: "false",
  },
  validator: {
    validatorExtraArgs: '["--x"]',
    validatorMemory: "3000",
    feeRecipient: `0x${"1".repeat(40)}`,
    graffiti: "x",
    metrics: "false",
  },
};

test.each(supported().map((each) => [each.layer, each.client, each] as const))(
  "of the %s client %s exactly those keys change nothing that the table names",
  (layer, client, { notSettable }) => {
    const place = placeOf(layer, client);
    const base = { ...VALIDATORS, publicAddress: "203.0.113.7", ...place.clients };
    const render = (config: Readonly<Record<string, string>>): string =>
      JSON.stringify(
        renderNode({
          settings: settingsOf({ ...base, ...config }),
          chain: CHAIN,
          start: { kind: "genesis", reason: "" },
          hostMemory: 8000,
          doppelgangerProtection: false,
        })[place.layer],
      );
    // What validators inside of a beacon node have no container for is refused.
    const own = place.layer === layer ? [] : ["validatorImage", "validatorExtraArgs", "validatorMemory"];
    const others = Object.entries(OTHER[layer]).filter(([key]) => !own.includes(key));
    const idle = others.filter(([key, value]) => render({ [key]: value }) === render({}));
    expect(idle.map(([key]) => key)).toEqual(notSettable);
  },
);

test("memory is what the sizing table gives, and no less than a client's runtime takes", () => {
  const limits = Object.fromEntries(supported().map(({ layer, client, memory }) => [`${layer} ${client}`, memory]));
  expect(limits).toMatchObject({
    "execution geth": { least: 1024, most: 8192 },
    "beacon lighthouse": { least: 1536, most: 10_240 },
    "beacon teku": { least: 2048, most: 10_240 },
    "validator prysm": { least: 512, most: 512 },
    "validator lodestar": { least: 1024, most: 1024 },
  });
});

/** Of a command what it says of dialled peers: how many, or their share of all. */
const DIALLED: Readonly<Record<string, (value: (flag: string) => number, peers: number) => number>> = {
  reth: (value) => value("--max-outbound-peers"),
  besu: (value, peers) => Math.ceil((peers * (100 - value("--remote-connections-max-percentage"))) / 100),
  teku: (value) => value("--p2p-peer-lower-bound"),
};

describe.each(supported().filter(({ layer }) => layer !== "validator"))(
  "peers of $client",
  ({ layer, client, peers }) => {
    const commandAt = (hostMemory: number): readonly string[] => {
      const settings = settingsOf({ ...VALIDATORS, ...placeOf(layer, client).clients });
      const start = { kind: "genesis", reason: "" } as const;
      const chain = { settings, chain: CHAIN, start, hostMemory, doppelgangerProtection: false };
      return renderNode(chain)[layer]?.command ?? [];
    };

    test("are more than by default on any host, and so are those it dials where a flag sets them", () => {
      expect(peers?.least).toBeGreaterThan(peers?.byDefault ?? Number.POSITIVE_INFINITY);
      if (peers?.dialled) expect(peers.dialled.least).toBeGreaterThan(peers.dialled.byDefault);
    });

    test("are in its command as the table has them", () => {
      for (const [hostMemory, end] of [
        [2_000, "least"],
        [64_000, "most"],
      ] as const) {
        const values = commandAt(hostMemory).flatMap((argument) => argument.match(/=(\d+)$/)?.[1] ?? []);
        const value = (flag: string): number =>
          Number(
            commandAt(hostMemory)
              .find((argument) => argument.startsWith(`${flag}=`))
              ?.split("=")[1],
          );
        const total = peers?.[end] ?? 0;
        if (client === "reth") expect(value("--max-outbound-peers") + value("--max-inbound-peers")).toBe(total);
        else expect(values.map(Number)).toContain(total);
        expect(peers?.dialled?.[end]).toBe(DIALLED[client]?.(value, total));
      }
    });
  },
);
