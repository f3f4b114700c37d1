// From parsed values to grouped settings: every value arrives where it belongs.

import { parseValues } from "../../../config/parse";
import { type Settings, toSettings } from "../../../config/settings";

const MNEMONIC = `${"abandon ".repeat(11)}about`;
/** Published addresses apart: a stack on a network it joined can't have them. */
function settings(raw: Readonly<Record<string, string>>): Settings {
  const published = Object.entries(raw).filter(([name]) => name.startsWith("expose"));
  const rest = Object.entries(raw).filter(([name]) => !name.startsWith("expose"));
  const { exposeRpc, exposeWebSocket, exposeBeaconApi } = parseValues(Object.fromEntries(published), "main");
  const values = parseValues(Object.fromEntries(rest), "main");
  return toSettings({ ...values, exposeRpc, exposeWebSocket, exposeBeaconApi }, "main");
}

/** Of each key another value than its default, and than any other key's. */
const ALL = {
  network: "ephemery",
  releaseSources: '["https://source.example"]',
  checkpointProviders: '["https://provider.example"]',
  p2pNetwork: "peers",
  executionP2pAddress: "192.0.2.1",
  beaconP2pAddress: "192.0.2.2",
  dockerHost: "ssh://ops@192.0.2.3:2222",
  hostName: "one",
  publicAddress: "192.0.2.4",
  executionP2pPort: "30001",
  beaconP2pPort: "30002",
  beaconQuicPort: "30003",
  executionClient: "geth",
  executionImage: "image/execution",
  executionExtraArgs: '["--execution"]',
  executionMemory: "1001",
  executionPeers: "101",
  beaconClient: "prysm",
  beaconImage: "image/beacon",
  beaconExtraArgs: '["--beacon"]',
  beaconMemory: "1002",
  beaconPeers: "102",
  validatorClient: "lighthouse",
  validatorImage: "image/validator",
  validatorExtraArgs: '["--validator"]',
  validatorMemory: "1003",
  beaconNodes: '["http://192.0.2.5:5052"]',
  validatorCount: "7",
  validatorStart: "8",
  feeRecipient: `0x${"a".repeat(40)}`,
  graffiti: "hello",
  mnemonic: MNEMONIC,
  metrics: "false",
  resetSchedule: "cron",
  resetScheduleOn: "host",
  resetScheduleFolder: "/srv/ephemery",
  resetJitter: "30",
  hookTimeout: "5",
  exposeRpc: "127.0.0.1:8545",
  exposeWebSocket: "127.0.0.2:8546",
  exposeBeaconApi: "127.0.0.3:05052",
  hostMemory: "1004",
  id: "0123abcd",
  images: "official",
};

test("every value has its place", () => {
  expect(settings(ALL)).toEqual({
    stack: "main",
    network: "ephemery",
    releaseSources: ["https://source.example"],
    checkpointProviders: ["https://provider.example"],
    joined: { network: "peers", execution: "192.0.2.1", beacon: "192.0.2.2" },
    host: {
      uri: "ssh://ops@192.0.2.3:2222",
      name: "one",
      publicAddress: "192.0.2.4",
      memory: 1004,
      ports: { execution: 30_001, beacon: 30_002, quic: 30_003 },
    },
    execution: { client: "geth", image: "image/execution", extraArgs: ["--execution"], memory: 1001, peers: 101 },
    beacon: { client: "prysm", image: "image/beacon", extraArgs: ["--beacon"], memory: 1002, peers: 102 },
    validator: {
      client: "lighthouse",
      image: "image/validator",
      extraArgs: ["--validator"],
      memory: 1003,
      peers: undefined,
    },
    engine: undefined,
    beaconNodes: ["http://192.0.2.5:5052"],
    validators: {
      count: 7,
      start: 8,
      feeRecipient: `0x${"a".repeat(40)}`,
      graffiti: "hello",
      // printf 'ephemery:abandon … about' | sha256sum | cut -c 1-16
      mnemonicDigest: "a7a62343faaa337b",
    },
    metrics: false,
    expose: {
      rpc: { address: "127.0.0.1", port: 8545 },
      webSocket: { address: "127.0.0.2", port: 8546 },
      beaconApi: { address: "127.0.0.3", port: 5052 },
    },
    id: "0123abcd",
    resets: { schedule: "cron", folderOnHost: "/srv/ephemery", jitter: 30, hookTimeout: 5 },
    images: "official",
  });
});

test("of an external execution client's secret the settings have a digest, of the digits alone", () => {
  const secret = "0123456789abcdef".repeat(4);
  const of = (executionJwtSecret: string) =>
    settings({ executionClient: "external", executionEndpoint: "http://192.0.2.7:8551", executionJwtSecret });
  // printf 'ephemery:0123…cdef' | sha256sum | cut -c 1-16
  expect(of(secret).engine).toEqual({ endpoint: "http://192.0.2.7:8551", jwtDigest: "1c75ad0943909edc" });
  expect(of(`0x${secret.toUpperCase()}`)).toEqual(of(secret));
  expect(JSON.stringify(of(secret))).not.toContain(secret);
});

test("what is optional and not set is not there", () => {
  expect(settings({})).toMatchObject({
    joined: undefined,
    host: { publicAddress: undefined, memory: undefined },
    execution: { image: undefined, memory: undefined, peers: undefined, extraArgs: [] },
    validators: { count: 0, start: 0, feeRecipient: undefined, graffiti: "", mnemonicDigest: undefined },
    expose: { rpc: undefined, webSocket: undefined, beaconApi: undefined },
    resets: { folderOnHost: undefined },
    id: undefined,
  });
  expect(settings({ resetScheduleFolder: "/srv/ephemery" }).resets.folderOnHost).toBeUndefined();
  expect(settings({ p2pNetwork: "n" }).joined).toEqual({ network: "n", execution: undefined, beacon: undefined });
});

describe("promise 6: the mnemonic", () => {
  test("is nowhere in the settings", () => {
    expect(JSON.stringify(settings(ALL))).not.toContain("abandon");
  });

  test("leaves a digest that changes with it, and not with the space around it", () => {
    const digest = (mnemonic: string): string | undefined => settings({ mnemonic }).validators.mnemonicDigest;
    expect(digest(`  ${MNEMONIC}\n`)).toBe(digest(MNEMONIC));
    expect(digest(`${"zoo ".repeat(11)}wrong`)).not.toBe(digest(MNEMONIC));
  });
});
