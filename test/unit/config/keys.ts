// What each key may hold, written down apart from the schema: values that are taken, values that are refused.

import type { KeyName } from "../../../config/keys";

export interface Expected {
  readonly type: "string" | "integer" | "boolean" | "array";
  /** What it is when nothing is set; undefined: the key is optional. */
  readonly default: unknown;
  /** As text in the configuration, and as it is read. */
  readonly good: readonly (readonly [text: string, value: unknown])[];
  readonly bad: readonly string[];
  /** What the message says is allowed. */
  readonly allowed: string;
  /** Other keys that have to be set with the good values, by rules over several keys. */
  readonly along?: Readonly<Record<string, string>>;
  /** Whether these can't do without it. */
  readonly needed?: true;
}

const NUMBERS_IN_WORDS = ["", "many", "1.5", "1e3", "0x10", " 1", "1 ", "NaN", "true", "99999999999999999999"];

const integer = (fallback: unknown, least: number, most: number, allowed: string): Expected => ({
  type: "integer",
  default: fallback,
  good: [least, Math.floor((least + most) / 2), most].map((value) => [String(value), value]),
  bad: [...NUMBERS_IN_WORDS, String(least - 1), String(most + 1)].filter(
    (text) => fallback !== undefined || text !== "0",
  ),
  allowed,
});
const port = (fallback: number): Expected => integer(fallback, 1, 65_535, "1 to 65535");
const peers = integer(undefined, 1, 1_000, "1 to 1000");
const mebibytes: Expected = {
  ...integer(undefined, 256, Number.MAX_SAFE_INTEGER, "MiB, 256 or more"),
  bad: [...NUMBERS_IN_WORDS, "255", "1", "-256", "2GiB", "2g"],
};

const text = (
  fallback: string | undefined,
  good: readonly string[],
  bad: readonly string[],
  allowed: string,
): Expected => ({
  type: "string",
  default: fallback,
  good: good.map((value) => [value, value]),
  bad: fallback === undefined ? bad : ["", ...bad],
  allowed,
});
/** A container's loopback is its own. */
const LOOPBACK = ["http://127.0.0.1:8551", "http://localhost:8551", "http://[::1]:8551"];
const PLAIN_URL = "without user, password and query, and not on loopback, as a container dials it";
const image = text(
  undefined,
  ["ethereum/client-go", "ethereum/client-go:v1.17.7", `localhost:5000/x@sha256:${"a".repeat(64)}`, "sha256:0123abc"],
  [" ", "ethereum/client go", "ethereum/client-go ", "a\nb", "a\tb"],
  "an image reference without spaces",
);
const ipv4 = text(
  undefined,
  ["192.0.2.1", "0.0.0.0", "255.255.255.255"],
  ["192.0.2", "192.0.2.256", "192.0.2.1:80", "2001:db8::1", "example.org", " 192.0.2.1", "192.0.2.01"],
  "an IPv4 address",
);
const endpoint = text(
  undefined,
  ["127.0.0.1:8545", "0.0.0.0:1", "192.0.2.1:65535"],
  [
    "8545",
    ":8545",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "localhost:8545",
    "[::1]:8545",
    "127.0.0.1:8545/x",
    "1.2.3:80",
  ],
  'address:port of the host, such as "127.0.0.1:8545"',
);

const list = (
  fallback: readonly string[],
  good: readonly (readonly string[])[],
  bad: readonly string[],
  allowed: string,
): Expected => ({
  type: "array",
  default: fallback,
  good: good.map((value) => [JSON.stringify(value), value]),
  bad: ["", "a", '["a"', '{"a":"b"}', "null", "7", "[7]", '["a",null]', '[["a"]]', '"a"', ...bad],
  allowed,
});
const args = list(
  [],
  [[], ["--verbosity=4"], ["--a", "b c", "--d=$(id)"]],
  ['[""]', '["--a",""]'],
  'a list of non-empty strings, such as ["--verbosity=4"]',
);
const urls = (fallback: readonly string[]): Expected =>
  list(
    fallback,
    [["https://a.example"], ["http://127.0.0.1:39438/a/b", "https://b.example/c/"]],
    [
      "[]",
      '["a.example"]',
      '["ftp://a.example"]',
      '["https://"]',
      '["https://a b"]',
      '["http://["]',
      '["https://a.example:99999"]',
    ],
    "a list of http or https URLs",
  );

const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const P2P = { p2pNetwork: "ephemery-rehearsal-test" };

/** Test vectors of BIP-39: 12, 18 and 24 words. */
const TWELVE = `${"abandon ".repeat(11)}about`;
const EIGHTEEN = `${"abandon ".repeat(17)}agent`;
const TWENTY_FOUR = `${"abandon ".repeat(23)}art`;

export const EXPECTED = {
  network: {
    ...text("ephemery", ["ephemery", "rehearsal"], ["mainnet", "Ephemery", "ephemery "], "ephemery, rehearsal"),
    along: P2P,
  },
  releaseSources: urls(["https://github.com/ephemery-testnet/ephemery-genesis"]),
  checkpointProviders: urls([
    "https://checkpoint-sync.ephemery.ethpandaops.io",
    "https://ephemery.beaconstate.ethstaker.cc",
  ]),
  p2pNetwork: text(
    undefined,
    ["n", "ephemery-rehearsal-dev", "A_1.b-2"],
    ["-a", ".a", "a b", "a/b", "a;b", "é"],
    "the name of a Docker network",
  ),
  executionP2pAddress: { ...ipv4, along: P2P },
  beaconP2pAddress: { ...ipv4, along: P2P },

  dockerHost: text(
    "unix:///var/run/docker.sock",
    [
      "unix:///run/user/1000/docker.sock",
      "tcp://192.0.2.1:2376",
      "ssh://ops@node.example",
      "ssh://ops@node.example:22",
    ],
    ["/var/run/docker.sock", "unix://", "http://192.0.2.1:2375", "tcp://", "ssh://", "ssh://a b", "tcp://host/path"],
    "unix:///path, tcp://host:port or ssh://user@host",
  ),
  hostName: text(
    "local",
    ["a", "node-1", "0", "a".repeat(20)],
    ["Node", "-a", "a-", "a_b", "a.b", "a b", "a".repeat(21), "é"],
    "1 to 20 lower-case letters, digits and dashes",
  ),
  publicAddress: ipv4,
  executionP2pPort: port(30_303),
  beaconP2pPort: port(9_000),
  beaconQuicPort: port(9_001),

  executionClient: text(
    "geth",
    ["geth", "nethermind", "besu", "erigon", "reth"],
    ["ethrex", "Geth", "geth,nethermind", "externally"],
    "geth, nethermind, besu, erigon, reth, external",
  ),
  executionEndpoint: {
    ...text(
      undefined,
      ["http://192.0.2.7:8551", "https://el.example.org", "http://host.docker.internal:8551/engine"],
      ["192.0.2.7:8551", "ws://192.0.2.7:8551", "http://u:p@192.0.2.7", "http://x/?token=a", ...LOOPBACK],
      `an http or https URL ${PLAIN_URL}, such as "http://192.0.2.7:8551"`,
    ),
    along: { executionClient: "external", executionJwtSecret: "ab".repeat(32) },
    needed: true,
  },
  executionJwtSecret: {
    ...text(
      undefined,
      ["ab".repeat(32), `0x${"0F".repeat(32)}`],
      ["ab".repeat(31), "zz".repeat(32), "0x", `${"ab".repeat(32)} x`],
      "64 hexadecimal digits, with or without 0x before them, set with --secret",
    ),
    along: { executionClient: "external", executionEndpoint: "http://192.0.2.7:8551" },
    needed: true,
  },
  executionImage: image,
  executionExtraArgs: args,
  executionMemory: mebibytes,
  executionPeers: peers,

  beaconClient: text(
    "lighthouse",
    ["lighthouse", "prysm", "teku", "nimbus", "lodestar", "grandine"],
    ["caplin", "Prysm", "teku,nimbus"],
    "lighthouse, prysm, teku, nimbus, lodestar, grandine, external",
  ),
  beaconImage: image,
  beaconExtraArgs: args,
  beaconMemory: mebibytes,
  beaconPeers: peers,

  validatorClient: text(
    "lighthouse",
    ["lighthouse", "prysm", "teku", "nimbus", "lodestar"],
    ["vouch", "PRYSM", "external"],
    "lighthouse, prysm, teku, nimbus, lodestar, grandine",
  ),
  beaconNodes: {
    type: "array",
    default: [],
    good: [
      ["[]", []],
      ['["http://192.0.2.7:5052"]', ["http://192.0.2.7:5052"]],
      ['["https://a.example.org/api","http://b:5051"]', ["https://a.example.org/api", "http://b:5051"]],
    ],
    bad: ["http://192.0.2.7:5052", '["192.0.2.7:5052"]', '["http://u:p@b"]', ...LOOPBACK.map((url) => `["${url}"]`)],
    allowed: `a list of http or https URLs ${PLAIN_URL}, such as ["http://192.0.2.7:5052"]`,
    along: { validatorCount: "1", feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" },
  },
  validatorImage: image,
  validatorExtraArgs: args,
  validatorMemory: mebibytes,

  validatorCount: { ...integer(0, 0, 10_000, "0 to 10000"), along: { feeRecipient: ADDRESS } },
  validatorStart: integer(0, 0, 4_294_967_295, "0 to 4294967295"),
  feeRecipient: text(
    undefined,
    [ADDRESS, ADDRESS.toLowerCase(), `0x${"0".repeat(40)}`],
    [
      ADDRESS.slice(0, -1),
      `${ADDRESS}0`,
      ADDRESS.slice(2),
      "vitalik.eth",
      `0X${"0".repeat(40)}`,
      `0x${"g".repeat(40)}`,
    ],
    "0x and 40 hexadecimal digits",
  ),
  graffiti: {
    type: "string",
    default: "",
    good: ["", "hello", "a".repeat(32), "é".repeat(16), "🐼".repeat(8)].map((value) => [value, value]),
    bad: ["a".repeat(33), "é".repeat(17), "🐼".repeat(9)],
    allowed: "at most 32 bytes",
  },
  mnemonic: text(
    undefined,
    [TWELVE, EIGHTEEN, TWENTY_FOUR, ` ${TWELVE}\n`],
    [
      "about",
      TWELVE.replace("about", "abandon"),
      TWELVE.replace("about", ""),
      `${TWELVE} ${TWELVE}`,
      TWELVE.replace("about", "abuot"),
      TWELVE.toUpperCase(),
    ],
    "12 to 24 words of the English BIP-39 list with a right checksum, set with --secret",
  ),

  metrics: {
    type: "boolean",
    default: true,
    good: [
      ["true", true],
      ["false", false],
    ],
    bad: ["", "yes", "1", "True", "off"],
    allowed: "true or false",
  },

  resetSchedule: text(
    "auto",
    ["auto", "systemd", "cron", "none"],
    ["", "Auto", "launchd", "timer"],
    "auto, systemd, cron, none",
  ),
  resetScheduleOn: {
    ...text("runner", ["runner", "host"], ["", "Host", "local", "cron"], "runner, host"),
    along: { dockerHost: "ssh://ops@node.example", resetScheduleFolder: "/srv/ephemery" },
  },
  resetScheduleFolder: text(
    undefined,
    ["/srv/ephemery", "/home/me/my nodes", "/100% of $HOME"],
    ["ephemery", "~/ephemery", "./ephemery", "/", " /srv", "/srv\n/ephemery"],
    "an absolute path",
  ),
  resetJitter: {
    type: "integer",
    default: 0,
    good: [
      ["0", 0],
      ["300", 300],
    ],
    bad: ["-1", "301", "1.5", "soon"],
    allowed: "0 to 300",
  },
  hookTimeout: {
    type: "integer",
    default: 60,
    good: [
      ["1", 1],
      ["600", 600],
    ],
    bad: ["0", "601", "1m"],
    allowed: "1 to 600",
  },

  exposeRpc: endpoint,
  exposeWebSocket: endpoint,
  exposeBeaconApi: endpoint,

  hostMemory: mebibytes,
  id: text(
    undefined,
    ["0123abcd", "ffffffff"],
    ["0123abc", "0123abcde", "0123ABCD", "0123abcg"],
    "8 hexadecimal digits",
  ),
  images: {
    ...text("auto", ["auto", "official", "local"], ["latest", "Auto"], "auto, official, local"),
    along: { ...P2P, network: "rehearsal" },
  },
} as const satisfies Record<KeyName, Expected>;

export const ROWS: readonly (Expected & { readonly name: string })[] = Object.entries<Expected>(EXPECTED).map(
  ([name, expected]) => ({ name, ...expected }),
);
