// What has to fit between the clients of a node, for every combination of them and whatever the settings.

import fc from "fast-check";
import { beaconClients } from "../../../clients/consensus";
import { executionClients } from "../../../clients/execution";
import { ANY_PUBLIC_KEY } from "../../../clients/nimbus-identity";
import {
  beaconApiOf,
  preparationsOf,
  type RenderInput,
  renderNode,
  signerOf,
  signingLayer,
} from "../../../clients/node";
import { type ClientModule, type ContainerSpec, HOSTS, PATHS } from "../../../clients/spec";
import { validatorClients } from "../../../clients/validator";
import { BEACON_CLIENTS, EXECUTION_CLIENTS, INTEGRATED, VALIDATOR_CLIENTS } from "../../../config/keys";
import { CHAIN, FEE_RECIPIENT, MNEMONIC, settingsOf } from "../../support/node";

/** A place a client listens on: the flags that name it, and the address where there is none. */
interface Listener {
  readonly port: string;
  readonly address?: string;
  readonly protocols: readonly ("tcp" | "udp")[];
}

const tcp = (port: string, address: string): Listener => ({ port, address, protocols: ["tcp"] });
const peers = (port: string, ...protocols: ("tcp" | "udp")[]): Listener => ({ port, protocols });

/** By the clients' own documentation; a flag without an address listens on every one. */
const LISTENERS: Readonly<Record<string, readonly Listener[]>> = {
  "execution geth": [
    peers("--port", "tcp"),
    peers("--discovery.port", "udp"),
    tcp("--authrpc.port", "--authrpc.addr"),
    tcp("--http.port", "--http.addr"),
    tcp("--ws.port", "--ws.addr"),
    tcp("--metrics.port", "--metrics.addr"),
  ],
  "execution nethermind": [
    peers("--Network.P2PPort", "tcp"),
    peers("--Network.DiscoveryPort", "udp"),
    tcp("--JsonRpc.EnginePort", "--JsonRpc.EngineHost"),
    tcp("--JsonRpc.Port", "--JsonRpc.Host"),
    tcp("--JsonRpc.WebSocketsPort", "--JsonRpc.Host"),
    tcp("--Metrics.ExposePort", "--Metrics.ExposeHost"),
  ],
  "execution besu": [
    peers("--p2p-port", "tcp", "udp"),
    tcp("--engine-rpc-port", "--rpc-http-host"),
    tcp("--rpc-http-port", "--rpc-http-host"),
    tcp("--rpc-ws-port", "--rpc-ws-host"),
    tcp("--metrics-port", "--metrics-host"),
  ],
  "execution erigon": [
    peers("--port", "tcp", "udp"),
    tcp("--authrpc.port", "--authrpc.addr"),
    tcp("--http.port", "--http.addr"),
    tcp("--ws.port", "--http.addr"),
    tcp("--metrics.port", "--metrics.addr"),
  ],
  // --discovery.v5.port is the same socket as --discovery.port.
  "execution reth": [
    peers("--port", "tcp"),
    peers("--discovery.port", "udp"),
    tcp("--authrpc.port", "--authrpc.addr"),
    tcp("--http.port", "--http.addr"),
    tcp("--ws.port", "--ws.addr"),
    tcp("--metrics", "--metrics"),
  ],
  "beacon lighthouse": [
    peers("--port", "tcp", "udp"),
    peers("--quic-port", "udp"),
    tcp("--http-port", "--http-address"),
    tcp("--metrics-port", "--metrics-address"),
  ],
  "beacon prysm": [
    peers("--p2p-tcp-port", "tcp"),
    peers("--p2p-udp-port", "udp"),
    peers("--p2p-quic-port", "udp"),
    tcp("--http-port", "--http-host"),
    tcp("--monitoring-port", "--monitoring-host"),
  ],
  "beacon teku": [
    peers("--p2p-port", "tcp"),
    peers("--p2p-udp-port", "udp"),
    peers("--p2p-quic-port", "udp"),
    tcp("--rest-api-port", "--rest-api-interface"),
    tcp("--metrics-port", "--metrics-interface"),
  ],
  "beacon nimbus": [
    peers("--tcp-port", "tcp"),
    peers("--udp-port", "udp"),
    tcp("--rest-port", "--rest-address"),
    tcp("--metrics-port", "--metrics-address"),
  ],
  "beacon lodestar": [
    peers("--port", "tcp"),
    peers("--discoveryPort", "udp"),
    peers("--quicPort", "udp"),
    tcp("--rest.port", "--rest.address"),
    tcp("--metrics.port", "--metrics.address"),
  ],
  "beacon grandine": [
    peers("--libp2p-port", "tcp"),
    peers("--discovery-port", "udp"),
    peers("--quic-port", "udp"),
    tcp("--http-port", "--http-address"),
    tcp("--metrics-port", "--metrics-address"),
  ],
  "validator lighthouse": [tcp("--metrics-port", "--metrics-address")],
  "validator prysm": [tcp("--monitoring-port", "--monitoring-host")],
  "validator teku": [tcp("--metrics-port", "--metrics-interface")],
  "validator nimbus": [tcp("--metrics-port", "--metrics-address")],
  "validator lodestar": [tcp("--metrics.port", "--metrics.address")],
};

/** A listener nobody names a flag for. */
const BUILT_IN: Readonly<Record<string, readonly { port: number; protocol: "tcp" | "udp"; open: boolean }[]>> = {
  // Its internal gRPC and its MCP server; that of BitTorrent goes with --no-downloader.
  "execution erigon": [
    { port: 9090, protocol: "tcp", open: false },
    { port: 8553, protocol: "tcp", open: false },
  ],
  "beacon prysm": [{ port: 4000, protocol: "tcp", open: false }],
};

const value = ({ command }: ContainerSpec, flag: string): string | undefined =>
  command.find((each) => each.startsWith(`${flag}=`))?.slice(flag.length + 1);

function listening(spec: ContainerSpec) {
  const name = `${spec.layer} ${spec.client}`;
  const named = (LISTENERS[name] ?? []).flatMap(({ port, address, protocols }) => {
    // Address and port in one flag, in some.
    const number = value(spec, port)?.split(":").at(-1);
    if (number === undefined) return [];
    const open = address === undefined || value(spec, address)?.split(":")[0] === "0.0.0.0";
    return protocols.map((protocol) => ({ port: Number(number), protocol, open, peers: address === undefined }));
  });
  return [...named, ...(BUILT_IN[name] ?? []).map((each) => ({ ...each, peers: false }))];
}

/** URLs of the node's own containers in a command. */
const dialled = ({ command }: ContainerSpec): { host: string; port: number }[] =>
  command
    .flatMap((word) => [...word.matchAll(/https?:\/\/([a-z]+):(\d+)/g)])
    .map(([, host = "", port]) => ({ host, port: Number(port) }));

const port = fc.integer({ min: 10_000, max: 65_535 });

const input: fc.Arbitrary<RenderInput> = fc
  .record({
    executionClient: fc.constantFrom(...EXECUTION_CLIENTS),
    beaconClient: fc.constantFrom(...BEACON_CLIENTS),
    validatorClient: fc.constantFrom<(typeof VALIDATOR_CLIENTS)[number] | typeof INTEGRATED>(...VALIDATOR_CLIENTS),
    integrated: fc.boolean(),
    count: fc.constantFrom(0, 1, 64, 1000),
    ports: fc.uniqueArray(port, { minLength: 6, maxLength: 6 }),
    metrics: fc.boolean(),
    published: fc.boolean(),
    publicAddress: fc.option(fc.ipV4(), { nil: undefined }),
    start: fc.constantFrom(
      { kind: "genesis" as const, reason: "" },
      { kind: "checkpoint" as const, url: "http://198.51.100.9:3500", epoch: 40 },
    ),
    hostMemory: fc.integer({ min: 1000, max: 100_000 }),
    doppelgangerProtection: fc.boolean(),
    graffiti: fc.string({ maxLength: 8 }),
  })
  // Validators inside of a beacon node there are in one alone.
  .map((each) =>
    each.integrated && each.beaconClient === INTEGRATED ? { ...each, validatorClient: INTEGRATED } : each,
  )
  .map(({ count, ports, metrics, published, publicAddress, start, hostMemory, doppelgangerProtection, ...more }) => {
    const { integrated: _, ...rest } = more;
    const [execution, beacon, quic, rpc, webSocket, api] = ports.map(String);
    return {
      settings: settingsOf({
        ...rest,
        validatorCount: String(count),
        feeRecipient: FEE_RECIPIENT,
        mnemonic: MNEMONIC,
        metrics: String(metrics),
        executionP2pPort: execution ?? "",
        beaconP2pPort: beacon ?? "",
        beaconQuicPort: quic ?? "",
        ...(publicAddress === undefined ? {} : { publicAddress }),
        ...(published
          ? {
              exposeRpc: `127.0.0.1:${rpc}`,
              exposeWebSocket: `127.0.0.1:${webSocket}`,
              exposeBeaconApi: `127.0.0.1:${api}`,
            }
          : {}),
      }),
      chain: CHAIN,
      start,
      hostMemory,
      doppelgangerProtection,
    };
  });

const specsOf = (each: RenderInput): ContainerSpec[] => Object.values(renderNode(each));

/** Holds a property of every container, beside all the others of its node. */
const forEveryClient = (holds: (spec: ContainerSpec, all: readonly ContainerSpec[], each: RenderInput) => void): void =>
  fc.assert(
    fc.property(input, (each) => {
      const all = specsOf(each);
      for (const spec of all) holds(spec, all, each);
    }),
  );

test("every combination is drawn from, and each client's listeners are known here", () => {
  const known = [
    ...EXECUTION_CLIENTS.map((name) => `execution ${name}`),
    ...BEACON_CLIENTS.map((name) => `beacon ${name}`),
    ...VALIDATOR_CLIENTS.map((name) => `validator ${name}`),
  ];
  expect(Object.keys(LISTENERS).sort()).toEqual(known.sort());
});

test("every endpoint one container dials is served to others by the container of that name", () => {
  forEveryClient((spec, all) => {
    const calls = dialled(spec);
    expect(calls.map(({ host }) => host)).toEqual(
      expect.arrayContaining(
        spec.layer === "execution" ? [] : [spec.layer === "beacon" ? HOSTS.execution : HOSTS.beacon],
      ),
    );
    for (const { host, port: number } of calls) {
      const served = all.filter(({ layer }) => HOSTS[layer] === host).flatMap(listening);
      expect(served).toContainEqual({ port: number, protocol: "tcp", open: true, peers: false });
    }
  });
});

test("the validator client's Beacon API is the one that status and checks are told of", () => {
  forEveryClient((spec, _all, { settings }) => {
    if (spec.layer !== "validator") return;
    const { hostname, port } = new URL(beaconApiOf(settings));
    expect(dialled(spec)).toEqual([{ host: hostname, port: Number(port) }]);
  });
});

test("what a container says it serves is what its command makes it serve", () => {
  forEveryClient((spec, _all, { settings }) => {
    const served = listening(spec);
    const open = served.filter((each) => each.open && !each.peers).map((each) => each.port);
    const declared = [...spec.endpoints.map((each) => each.port), ...(spec.metrics ? [spec.metrics.port] : [])];
    for (const number of declared) expect(open).toContain(number);
    // The engine API alone is served without being declared: nothing may ever publish it.
    expect(open.filter((number) => !declared.includes(number))).toEqual(spec.layer === "execution" ? [8551] : []);
    expect(spec.metrics !== undefined).toBe(settings.metrics);

    const forPeers = served.filter((each) => each.peers).map(({ port: number, protocol }) => `${number}/${protocol}`);
    expect(spec.p2pPorts.map(({ port: number, protocol }) => `${number}/${protocol}`).sort()).toEqual(forPeers.sort());
  });
});

test("the healthcheck asks a port the container listens on", () => {
  forEveryClient((spec) => {
    const asked = [...spec.healthcheck.test.join(" ").matchAll(/127\.0\.0\.1[:/](\d+)/g)].map(([, number]) =>
      Number(number),
    );
    expect(asked).toHaveLength(1);
    expect(listening(spec).map((each) => each.port)).toEqual(expect.arrayContaining(asked));
  });
});

test("no port is used twice, neither in a container nor on the host", () => {
  forEveryClient((spec, all) => {
    const inside = listening(spec).map(({ port: number, protocol }) => `${number}/${protocol}`);
    expect(new Set(inside).size).toBe(inside.length);
    const onHost = all.flatMap(({ p2pPorts, endpoints }) => [
      ...p2pPorts.map(({ port: number, protocol }) => `${number}/${protocol}`),
      ...endpoints.flatMap(({ published }) => (published ? [`${published.port}/tcp`] : [])),
    ]);
    expect(new Set(onHost).size).toBe(onHost.length);
  });
});

test("promise 7: what is published is the peers' ports and what a setting names, never the engine API", () => {
  forEveryClient(({ layer, endpoints }, _all, { settings }) => {
    const { rpc, webSocket, beaconApi } = settings.expose;
    const wanted = { execution: [rpc, webSocket], beacon: [beaconApi], validator: [] }[layer];
    expect(endpoints.map(({ published }) => published)).toEqual(wanted);
    expect(endpoints.map((each) => each.port)).not.toContain(8551);
  });
});

const JWT_FLAGS = [
  "--engine-jwt-secret",
  "--JsonRpc.JwtSecretFile",
  "--authrpc.jwtsecret",
  "--execution-jwt",
  "--jwt-secret",
  "--ee-jwt-secret-file",
  "--jwtSecret",
];

test("both ends of the engine API read the same JWT secret, and the validator client sees none", () => {
  forEveryClient((spec) => {
    const mounted = spec.mounts.find(({ volume }) => volume === "jwt");
    if (spec.layer === "validator") {
      expect(mounted).toBeUndefined();
      return;
    }
    expect(mounted?.readOnly).toBe(true);
    const flags = JWT_FLAGS.flatMap((flag) => value(spec, flag) ?? []);
    expect(flags).toEqual([`${PATHS.jwt}/jwt.hex`]);
  });
});

test("every file a client is told of is on a volume it has, and one it keeps data in is writable", () => {
  forEveryClient((spec) => {
    const paths = spec.command.flatMap(
      (word) => /^--([A-Za-z0-9.-]+)=(\/[^/]+)/.exec(word)?.slice(1, 3).join(" ") ?? [],
    );
    for (const [flag = "", root = ""] of paths.map((path) => path.split(" "))) {
      if (flag.endsWith("graffiti")) continue; // anyone's text, which may begin like a path
      const mount = spec.mounts.find(({ volume }) => PATHS[volume] === root);
      expect({ flag, root, mount }).toMatchObject({ mount: expect.anything() });
      if (/^(data-?dir|data(-validator)?-path|network-dir|validators-?(db)?-?dir|wallet-dir)$/i.test(flag))
        expect(mount?.readOnly).toBe(false);
    }
    expect(spec.tmpfs).toContain("/tmp");
  });
});

const SLASHING: Readonly<Record<string, readonly [flag: string, name: string]>> = {
  lighthouse: ["--validators-dir", "/slashing_protection.sqlite"],
  prysm: ["--datadir", "/validator.db"],
  teku: ["--data-validator-path", "/slashprotection"],
  nimbus: ["--validators-dir", "/slashing_protection.sqlite3"],
  lodestar: ["--validatorsDbDir", ""],
  grandine: ["--data-dir", "/*/validator/slashing_protection.sqlite"],
};

test("promise 4: slashing protection lies in the kept key volume, in a folder of this chain's root alone", () => {
  forEveryClient((spec, _all, { settings }) => {
    if (spec.layer !== signingLayer(settings)) return;
    // By the clients' own documentation: the flag whose folder they keep it in, and its name there.
    const [flag = "", name = ""] = SLASHING[spec.client] ?? [];
    expect(`${value(spec, flag)}${name}`).toBe(
      `/keys/slashing/${CHAIN.genesisValidatorsRoot}/${signerOf(settings.validator.client).slashingDatabase}`,
    );
  });
  expect(Object.keys(SLASHING).sort()).toEqual([...VALIDATOR_CLIENTS, INTEGRATED].sort());
});

test("no two clients of a layer prepare under the same name: the second one's job would not be done", () => {
  for (const clients of [executionClients, beaconClients, validatorClients]) {
    const all: readonly ClientModule<never>[] = Object.values(clients);
    const names = all.flatMap((client) => client.prepare(CHAIN).map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  }
});

test("the heap of a Java or Node.js runtime leaves room in the container's limit for what is not heap", () => {
  forEveryClient(({ env, memory }) => {
    const heaps = Object.values(env).flatMap((text) => /(?:-Xmx|--max-old-space-size=)(\d+)/.exec(text)?.[1] ?? []);
    for (const heap of heaps) {
      expect(Number(heap)).toBeLessThanOrEqual(memory * 0.7);
      expect(memory - Number(heap)).toBeGreaterThanOrEqual(300);
    }
  });
});

test("promise 6: no secret is in a command, an environment or a preparation", () => {
  fc.assert(
    fc.property(input, (each) => {
      const said = JSON.stringify([specsOf(each), preparationsOf(each.settings, each.chain)]);
      expect(said).not.toMatch(/abandon/);
      const allowed = ["GOMEMLIMIT", "JAVA_OPTS", "NODE_OPTIONS"];
      expect(allowed).toEqual(expect.arrayContaining(specsOf(each).flatMap(({ env }) => Object.keys(env))));
      // A private key, a JWT secret or a password of ours would be 64 hexadecimal digits.
      const known = [CHAIN.genesisValidatorsRoot, CHAIN.genesisBlockHash].map((hash) => hash.slice(2));
      const enodes = CHAIN.bootnodes.execution.map((enode) =>
        enode.slice("enode://".length, -"@192.0.2.1:30303".length),
      );
      const long = [...said.matchAll(/[0-9a-f]{64,}/gi)].map(([digits]) => digits);
      expect(long.filter((digits) => ![...known, ...enodes, ANY_PUBLIC_KEY].includes(digits))).toEqual([]);
    }),
  );
});

test("the graces of a switch add up to at most 150 s, the validator client's is a full minute", () => {
  forEveryClient((spec, all) => {
    expect(all.reduce((sum, { stop }) => sum + stop.graceSeconds, 0)).toBeLessThanOrEqual(150);
    expect(spec.stop.graceSeconds).toBeGreaterThanOrEqual(spec.layer === "beacon" ? 30 : 60);
  });
});
