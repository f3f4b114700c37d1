// Each rule against resources that keep it and resources that break it, and it alone.

import { CONTAINER, type Resource, UNKNOWN } from "../../policies/rule";
import { rules, stackRules } from "../../policies/rules";
import {
  ALLOWED,
  asBeacon,
  broken,
  changed,
  container,
  job,
  keptVolume,
  labelled,
  network,
  provider,
  relabelled,
  ruleNamed,
  told,
  volume,
} from "../support/policy";

const MNEMONIC = `${"abandon ".repeat(11)}about`;
const KEY = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291";

const drawn = (what: string): Resource => ({
  ...job,
  type: `random:index/random${what}:Random${what}`,
  props: { length: 32 },
});
const port = (internal: number, external: number | undefined, ip: string | undefined, protocol = "tcp"): Resource =>
  changed(container, {
    ports: [
      { internal, ...(external === undefined ? {} : { external }), ...(ip === undefined ? {} : { ip }), protocol },
    ],
  });

test("what is well made breaks no rule", () => {
  for (const resource of [container, network, volume, keptVolume, job, provider]) expect(broken(resource)).toEqual([]);
});

describe("a rule is kept", () => {
  test.each<[string, Resource]>([
    ["by RPC on loopback", port(8545, 8545, "127.0.0.1")],
    ["by RPC on IPv6's loopback", port(8545, 8545, "::1")],
    ["by RPC where a setting says so", port(8545, 8545, "192.0.2.7")],
    ["by a beacon node's QUIC port", asBeacon(port(9001, 9001, "0.0.0.0", "udp"))],
    ["without any port", changed(container, { ports: undefined })],
    [
      "by a network to meet peers on that reaches others",
      changed(labelled(network, "p2p-network"), { internal: false }),
    ],
    ["by an image's id", changed(container, { image: `sha256:${"a".repeat(64)}` })],
    ["by the local log driver", changed(container, { logDriver: "local" })],
    [
      "by a password's file",
      changed(container, { command: ["--wallet-password-file=/keys/password.txt", "--secrets-dir=/keys/secrets"] }),
    ],
    [
      "by hashes that say what they are",
      changed(container, { command: [`--genesis=0x${KEY}`, `--image=sha256:${KEY}`] }),
    ],
    [
      "by the facts of a chain",
      told({
        EPHEMERY_JOB: `{"identity":"${KEY}","release":{"sha256":"${KEY}"},"mnemonicDigest":"abc","keys":"volume"}`,
      }),
    ],
    [
      "by words that are no mnemonic",
      changed(job, { create: "abandon all hope about abandon all hope about abandon all hope about" }),
    ],
    ["by a mnemonic's words with another checksum", changed(job, { create: "abandon ".repeat(12) })],
    ["by a password that draws in the state as a secret", drawn("Password")],
    ["by a drawn id that is nobody's secret", drawn("Id")],
    [
      "by a registry without credentials",
      { ...provider, props: { ...provider.props, registryAuth: '[{"address":"ghcr.io"}]' } },
    ],
    ["by a network of a provider of another kind", { ...drawn("Id"), provider: "default" }],
  ])("%s", (_, resource) => {
    expect(broken(resource)).toEqual([]);
  });
});

describe("promise 6: no input of a resource holds a secret", () => {
  const rule = "no-secret-in-inputs";
  test.each<[string, Resource]>([
    ["a mnemonic in an environment", changed(container, { envs: [`WORDS=${MNEMONIC}`] })],
    ["a mnemonic in a job's input", told({ EPHEMERY_JOB: JSON.stringify({ words: MNEMONIC, start: 0 }) })],
    [
      "a mnemonic of 24 words within a script",
      changed(job, { create: `echo start; echo "${"abandon ".repeat(23)}art"; echo end` }),
    ],
    ["a node key on a command line", changed(container, { command: [`--nodekeyhex=${KEY}`] })],
    ["a JWT secret in a label", relabelled(volume, "jwt", KEY)],
    ["a password in an environment", changed(container, { envs: ["KEYSTORE_PASSWORD=hunter2"] })],
    ["a token on a command line", changed(container, { command: ["--api-token=abcdef"] })],
    ["a password in a job's input", told({ EPHEMERY_JOB: '{"password":"hunter2"}' })],
    [
      "credentials in a URL",
      changed(container, { command: ["--checkpoint-sync-url=https://me:hunter2@beacon.example"] }),
    ],
    ["a PEM key", changed(container, { envs: ["CERT=-----BEGIN EC PRIVATE KEY-----\nMHc"] })],
    ["a keystore", told({ EPHEMERY_JOB: '{"crypto":{"kdf":{},"cipher":{}}}' })],
  ])("%s", (_, resource) => {
    expect(broken(resource)).toContain(rule);
    const said = ruleNamed(rule).violations(resource).join();
    for (const secret of [KEY, "hunter2", "abandon", "abcdef", "MHc"]) expect(said).not.toContain(secret);
  });

  test.each<[string, string, Resource]>([
    [
      "a file uploaded into a container",
      "no-files-through-the-state",
      changed(container, { uploads: [{ file: "/x", content: "y" }] }),
    ],
    ["a job's stdin", "no-files-through-the-state", changed(job, { stdin: "words" })],
    ["bytes whose value is their id", "no-secret-in-ids", drawn("Bytes")],
    ["a text whose value is its id", "no-secret-in-ids", drawn("String")],
    [
      "credentials of a registry",
      "no-registry-credentials",
      { ...provider, props: { ...provider.props, registryAuth: '[{"address":"ghcr.io","password":"x"}]' } },
    ],
    ["a variable of the caller", "jobs-have-no-other-environment", told({ AWS_PROFILE: "me" })],
  ])("%s", (_, rule, resource) => {
    expect(broken(resource)).toEqual([rule]);
  });
});

describe("promise 7: only p2p ports answer from outside", () => {
  test.each<[string, string, Resource]>([
    ["RPC on every address", "only-p2p-ports-answer", port(8545, 8545, "0.0.0.0")],
    ["RPC on no address, which is every one", "only-p2p-ports-answer", port(8545, 8545, undefined)],
    ["the engine API under a p2p port's number", "only-p2p-ports-answer", port(8551, 30303, "0.0.0.0")],
    ["RPC on an exposed address with another port", "only-p2p-ports-answer", port(8545, 8546, "192.0.2.7")],
    ["a p2p port of another role", "only-p2p-ports-answer", port(9000, 9000, "0.0.0.0")],
    ["a p2p port by another protocol", "only-p2p-ports-answer", asBeacon(port(9001, 9001, "0.0.0.0", "tcp"))],
    [
      "anything of a validator client",
      "only-p2p-ports-answer",
      labelled(port(8081, 8081, "0.0.0.0"), "validator", "166-0badcafe"),
    ],
    ["a port that Docker chooses", "only-p2p-ports-answer", port(8545, undefined, "0.0.0.0")],
    ["every port of the image", "only-p2p-ports-answer", changed(container, { publishAllPorts: true })],
    ["the host's own network", "containers-stay-on-their-networks", changed(container, { networkMode: "host" })],
    [
      "another container's network",
      "containers-stay-on-their-networks",
      changed(container, { networkMode: "container:geth" }),
    ],
    ["an engine network that reaches others", "api-networks-are-internal", changed(network, { internal: false })],
    [
      "a metrics network that reaches others",
      "api-networks-are-internal",
      changed(labelled(network, "metrics-network"), { internal: undefined }),
    ],
  ])("%s", (_, rule, resource) => {
    expect(broken(resource)).toEqual([rule]);
  });

  test("a network without a role is judged as one for APIs", () => {
    expect(broken({ ...changed(network, { labels: [], internal: false }), name: "extra" })).toEqual(
      expect.arrayContaining(["api-networks-are-internal", "roles-are-known"]),
    );
  });
});

describe("what runs has no more rights than it needs", () => {
  const create = (change: (text: string) => string): Resource =>
    changed(job, { create: change(String(job.props.create)) });
  test.each<[string, string, Resource]>([
    ["a privileged container", "no-privileges", changed(container, { privileged: true })],
    ["capabilities that are kept", "no-privileges", changed(container, { capabilities: undefined })],
    ["one capability that is dropped", "no-privileges", changed(container, { capabilities: { drops: ["NET_RAW"] } })],
    [
      "a capability that is added",
      "no-privileges",
      changed(container, { capabilities: { drops: ["ALL"], adds: ["NET_ADMIN"] } }),
    ],
    ["privileges that can be gained", "no-privileges", changed(container, { securityOpts: [] })],
    [
      "privileges that may be gained",
      "no-privileges",
      changed(container, { securityOpts: ["no-new-privileges:false"] }),
    ],
    ["root", "not-root", changed(container, { user: "0:0" })],
    ["root by name", "not-root", changed(container, { user: "root" })],
    ["whoever the image says", "not-root", changed(container, { user: undefined })],
    ["root's group", "not-root", changed(container, { user: "10001:0" })],
    ["a root file system to write to", "not-root", changed(container, { readOnly: undefined })],
    [
      "a folder of the host",
      "nothing-of-the-host",
      changed(container, { volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/x" }] }),
    ],
    [
      "a bind mount",
      "nothing-of-the-host",
      changed(container, { mounts: [{ type: "bind", source: "/", target: "/host" }] }),
    ],
    ["a device", "nothing-of-the-host", changed(container, { devices: [{ hostPath: "/dev/mem" }] })],
    ["the host's processes", "nothing-of-the-host", changed(container, { pidMode: "host" })],
    ["a privileged job", "jobs-are-confined", create((text) => text.replace("--rm", "--rm --privileged"))],
    ["a job that publishes a port", "jobs-are-confined", create((text) => text.replace("--rm", "--rm -p 80:80"))],
    [
      "a job on the host's network",
      "jobs-are-confined",
      create((text) => text.replace("--network=none", "--network=host")),
    ],
    [
      "a job with a folder of the host",
      "jobs-are-confined",
      create((text) => text.replace(/--volume=\S+/, "--volume=/etc:/etc")),
    ],
    ["a job with its capabilities", "jobs-are-confined", create((text) => text.replace("--cap-drop=ALL", ""))],
    ["a job that stays", "jobs-are-confined", create((text) => text.replace("--rm", ""))],
    [
      "a job that may gain privileges",
      "jobs-are-confined",
      create((text) => text.replace("--security-opt=no-new-privileges", "")),
    ],
    ["a job that runs again otherwise", "jobs-are-confined", changed(job, { update: "docker run alpine true" })],
  ])("%s", (_, rule, resource) => {
    expect(broken(resource)).toEqual([rule]);
  });
});

describe("a container that is left alone stays within its bounds", () => {
  test.each<[string, string, Resource]>([
    ["a tag", "images-are-pinned", changed(container, { image: "ethereum/client-go:v1.17.10" })],
    ["half a digest", "images-are-pinned", changed(container, { image: "ethereum/client-go@sha256:abcd" })],
    ["no limit of memory", "memory-is-limited", changed(container, { memory: 0, memorySwap: 0 })],
    ["a limit without swap's", "memory-is-limited", changed(container, { memorySwap: undefined })],
    ["swap beyond the limit", "memory-is-limited", changed(container, { memorySwap: 4096 })],
    ["logs without end", "logs-rotate", changed(container, { logOpts: undefined })],
    ["logs of one endless file", "logs-rotate", changed(container, { logOpts: { "max-file": "3" } })],
    ["no logs", "logs-rotate", changed(container, { logDriver: "none" })],
    ["the engine's own log driver", "logs-rotate", changed(container, { logDriver: undefined })],
    ["a container that stays down", "clients-come-back", changed(container, { restart: "no" })],
    ["a container that comes back when it was stopped", "clients-come-back", changed(container, { restart: "always" })],
    ["a container that goes when it ends", "clients-come-back", changed(container, { rm: true })],
    ["a container that need not run", "clients-come-back", changed(container, { mustRun: false })],
    ["no healthcheck", "clients-say-how-they-are", changed(container, { healthcheck: undefined })],
    ["a healthcheck of nothing", "clients-say-how-they-are", changed(container, { healthcheck: { tests: ["NONE"] } })],
    [
      "a kill without grace",
      "clients-end-in-time",
      changed(container, { destroyGraceSeconds: undefined, stopTimeout: undefined }),
    ],
    ["another time for docker stop", "clients-end-in-time", changed(container, { stopTimeout: 10 })],
    [
      "longer than a switch has",
      "clients-end-in-time",
      changed(container, { stopTimeout: 120, destroyGraceSeconds: 120 }),
    ],
    [
      "longer than a beacon node has",
      "clients-end-in-time",
      labelled(changed(container, { ports: [] }), "beacon", "166-0badcafe"),
    ],
    ["no signal", "clients-end-in-time", changed(container, { stopSignal: undefined })],
  ])("%s", (_, rule, resource) => {
    expect(broken(resource)).toEqual([rule]);
  });

  test("a client that nobody waits for is told", () => {
    const waits = (name: string): Resource => ({ ...job, name });
    const rule = stackRules.find(({ name }) => name === "clients-are-waited-for");
    const violations = (...resources: readonly Resource[]) => rule?.violations(resources);
    expect(violations(container, waits("local-execution-healthy"), network)).toEqual([]);
    expect(violations(container, waits("local-beacon-healthy"))).toEqual([
      "nothing waits until local-execution is healthy.",
    ]);
  });

  test("the graces of a switch are 150 seconds at most", () => {
    const longest = (role: string): number => {
      const takes = (seconds: number): Resource =>
        labelled(
          changed(container, { ports: [], stopTimeout: seconds, destroyGraceSeconds: seconds }),
          role,
          "166-0badcafe",
        );
      return (
        Array.from({ length: 300 }, (_, index) => index + 1)
          .filter((seconds) => broken(takes(seconds)).length === 0)
          .at(-1) ?? 0
      );
    };
    expect(longest("execution") + longest("beacon") + longest("validator")).toBeLessThanOrEqual(150);
  });
});

describe("promise 8: every object says whose it is", () => {
  test.each<[string, string, Resource]>([
    ["no stack", "objects-are-labelled", relabelled(volume, "ephemery.stack")],
    ["no id", "objects-are-labelled", relabelled(container, "ephemery.id")],
    ["no generation", "objects-are-labelled", relabelled(volume, "ephemery.generation")],
    ["no generation of a container", "objects-are-labelled", relabelled(container, "ephemery.generation")],
    ["a generation that is none", "objects-are-labelled", labelled(volume, "genesis", "166")],
    ["a generation of what outlives it", "objects-are-labelled", labelled(keptVolume, "keys", "166-0badcafe")],
    ["a name of Pulumi's choice", "names-are-fixed", changed(volume, { name: undefined })],
    ["a name without the stack's id", "names-are-fixed", changed(network, { name: "ephemery-engine" })],
  ])("%s", (_, rule, resource) => {
    expect(broken(resource)).toEqual([rule]);
  });
});

describe("every rule", () => {
  const all = [...rules(ALLOWED), ...stackRules];

  test("has a name of its own, says what holds and what to do", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, description, remedy } of all) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(description).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    }
  });

  test("passes over what a preview does not know yet", () => {
    for (const resource of [container, network, volume, keptVolume, job, provider])
      for (const name of Object.keys(resource.props))
        expect([name, broken(changed(resource, { [name]: UNKNOWN }))]).toEqual([name, []]);
    for (const resource of [container, network, volume, keptVolume, job]) {
      const unknown = Object.fromEntries(Object.keys(resource.props).map((name) => [name, UNKNOWN]));
      expect(broken(changed(resource, unknown))).toEqual([]);
    }
  });

  test("says something of the resources it is for", () => {
    const bare: Resource = {
      type: CONTAINER,
      name: "x",
      props: {},
      options: { deleteBeforeReplace: false, ignoreChanges: [], protect: false },
      provider: undefined,
    };
    const forContainers = rules(ALLOWED).filter(({ appliesTo }) => appliesTo(CONTAINER));
    expect(broken(bare).length).toBeGreaterThan(forContainers.length / 2);
  });
});
