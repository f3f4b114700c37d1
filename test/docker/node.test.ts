// The node itself on a real engine: geth and Prysm on a rehearsal of its own, driven by the command as a user drives it.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeploymentRecord } from "../../chain/plan";
import { dockerName, type Owner } from "../../components/names";
import { readDeployment } from "../../operations/deployment";
import { type Change, edited } from "../../operations/reset/guard";
import { previewed } from "../../operations/reset/previewed";
import { PROFILES } from "../../rehearsal/profile";
import { seedOwner } from "../../rehearsal/seed";
import { TEST_MNEMONIC } from "../../rehearsal/store";
import { networkName, REHEARSAL_BEACON_ARGS } from "../../rehearsal/topology";
import { ROOT } from "../../toolchain/paths";
import { run } from "../../toolchain/run";
import {
  begin,
  ephemery,
  freePort,
  giveMnemonic,
  joining,
  type OwnStack,
  ownStack,
  succeed,
} from "../support/ephemery";
import { identityOf, untilFollowing } from "../support/following";
import { freeSubnet, host, incarnation, objectsWith, type Place, place, sweep } from "../support/machine";
import { descendants, endAll } from "../support/processes";
import { type Report, statusOf } from "../support/status";

jest.setTimeout(600_000);

const TOOLS = "ephemery.local/tools:1.35.0-1";
const LAYERS = ["execution", "beacon", "validator"] as const;

let where: Place;
let node: OwnStack;
let config: Readonly<Record<string, unknown>>;
let owner: Owner;
/** What git saw changed before anything ran. */
let treeBefore: string;
/** Everything the command has shown so far. */
let shown = "";

const nameOf = (what: string, generation?: string): string => dockerName(owner, what, generation);
const incarnations = () => Promise.all(LAYERS.map((layer) => incarnation(nameOf(layer))));
const label = (): string => `ephemery.stack=${where.name}`;

async function up(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ephemery(["up", "--stack", where.name, "--yes", ...args]);
  shown += stdout + stderr;
  if (code !== 0 && code !== 1) throw new Error(stdout + stderr);
  if (/^Error|failed/m.test(stderr)) throw new Error(stdout + stderr);
  return stdout;
}

/** What a file of a volume holds. */
const readVolume = (volume: string, command: string): Promise<string> =>
  host.docker(["run", "--rm", "--network=none", `--volume=${volume}:/v:ro`, TOOLS, "sh", "-c", command]);

async function expectNoChanges(...args: string[]): Promise<void> {
  const flags = ["--non-interactive", "--expect-no-changes", ...args];
  const result = await node.stack.pulumi(["preview", "--stack", where.name, ...flags]);
  if (!result.ok) throw new Error(result.all);
}

async function until(done: (report: Report) => boolean): Promise<Report> {
  for (let attempt = 0; attempt < 90; attempt++) {
    const report = await statusOf(where.name);
    if (done(report)) return report;
    await sleep(2_000);
  }
  throw new Error(`not in three minutes: ${JSON.stringify(await statusOf(where.name))}`);
}

const untilHealthy = () => until(({ healthy }) => healthy);

const changedFiles = async (): Promise<string> => (await run("git", ["status", "--porcelain"], { cwd: ROOT })).stdout;

beforeAll(async () => {
  treeBefore = await changedFiles();
  where = place("node");
  const port = await freePort();
  config = joining({ rehearsal: where.name, port, subnet: await freeSubnet(), profile: PROFILES.fulu });
  node = await ownStack(where.name, config);
  await giveMnemonic(node.stack);
  await up("--wait");
  owner = (await readDeployment(node.stack)).owner ?? { host: "", stack: "", id: "" };
});

afterAll(async () => {
  await ephemery(["destroy", "--stack", where.name, "--yes", "--purge-keys"]);
  await ephemery(["rehearse", "stop", "--name", where.name]);
  await sweep(label());
  await sweep(`ephemery.stack=${where.name}-seed`);
  await sweep(`ephemery.rehearsal=${where.name}`);
  await node?.forget();
  where.dispose();
});

test("`up --wait` ends with a node that attests, and status says so to scripts", async () => {
  const report = await statusOf(where.name);
  expect(report).toMatchObject({
    stack: where.name,
    healthy: true,
    problem: null,
    chain: { network: "rehearsal" },
    execution: { client: "geth", syncing: false },
    beacon: { client: "prysm", syncing: false, optimistic: false, peers: { total: 1 } },
    validators: { configured: 32, active: 32, pending: 0 },
  });
  expect(report.validators.attested).toBeGreaterThan(0);
  expect(report.beacon?.headSlot).toBeGreaterThan(0);
  expect((await ephemery(["status", "--stack", where.name])).code).toBe(0);
});

// Before anything that restarts a client, which may leave a block of no chain; see test/support/following.ts.
describe("promises 5 and 8: destroy", () => {
  test("leaves no container, network or chain volume; after the next up the same keys load and the ENR is the same", async () => {
    const before = await readDeployment(node.stack);
    const enr = await identityOf(nameOf("beacon"));
    // In the first epoch an empty Prysm takes itself for synced, and proposes on the genesis (initial-sync/service.go).
    await until(({ chain }) => (chain?.epoch ?? 0) >= 1);
    // As an update leaves them that is killed before it has told anybody of them.
    const labels = [label(), `ephemery.id=${owner.id}`].map((each) => `--label=${each}`);
    await host.docker(["network", "create", "--internal", ...labels, nameOf("stray-network")]);
    const volume = nameOf("stray-chain", "1-0badcafe");
    await host.docker(["volume", "create", ...labels, "--label=ephemery.generation=1-0badcafe", volume]);
    await succeed(["destroy", "--stack", where.name, "--yes"]);
    expect(await objectsWith(label())).toEqual({
      containers: [],
      networks: [],
      volumes: [nameOf("identity"), nameOf("keys")],
    });
    const seed = (): Promise<string> => incarnation(dockerName(seedOwner(where.name), "beacon"));
    const remembering = await seed();
    await up("--wait");
    // Its only peer would take it for one that goes back in what it has said.
    expect(await seed()).not.toBe(remembering);
    expect((await statusOf(where.name)).beacon?.peers.total).toBe(1);
    const after = await readDeployment(node.stack);
    expect(after.validators).toEqual(before.validators);
    expect(after.identity).toBe(before.identity);
    expect(await identityOf(nameOf("beacon"))).toEqual(enr);
  });
});

describe("promise 1: a second up changes nothing", () => {
  test("nor does one with --refresh, nor a preview by hand", async () => {
    const before = await incarnations();
    expect(await up()).toMatch(/\d+ unchanged/);
    await up("--refresh");
    await expectNoChanges("--refresh");
    expect(await incarnations()).toEqual(before);
  });
});

describe("what a run looks at before a switch", () => {
  /** As a run does that has seen `more` in the record. */
  async function looked(more: Partial<DeploymentRecord> = {}): Promise<readonly Change[]> {
    const { record } = await readDeployment(node.stack);
    if (!record) throw new Error("nothing is deployed");
    const time = Math.floor(Date.now() / 1000);
    return previewed(node.stack, { time, record: { ...record, ...more }, plan: record });
  }

  test("promise 4: an edit that nobody has brought up shows there, by the client it would change", async () => {
    expect(edited(await looked())).toEqual([]);
    node.configure({ ...config, graffiti: "edited" });
    const urn = expect.stringMatching(/docker:index\/container:Container::.*-validator$/);
    expect(edited(await looked())).toEqual([{ op: "delete-replaced", urn }]);
    node.configure(config);
  });

  test("promise 9: a stack that somebody has changed since is told of in words, not as the engine's own JSON", async () => {
    const stale = { code: "plan-stale", message: "The stack has changed since this run looked at it." };
    await expect(looked({ settled: true })).rejects.toMatchObject(stale);
  });
});

test("a beacon node that is restarted before anything is finalized follows the chain again", async () => {
  const before = (await statusOf(where.name)).beacon?.headSlot ?? Number.POSITIVE_INFINITY;
  await host.docker(["restart", nameOf("beacon")]);
  // Healthy alone may be the old head still, when the restart took less than a slot.
  await until((report) => report.healthy && (report.beacon?.headSlot ?? -1) > before);
  await untilFollowing(where.name, nameOf("beacon"));
});

test("a container killed by hand is brought back by a refresh, and the others stay", async () => {
  const [execution, beacon] = await incarnations();
  await host.docker(["kill", nameOf("validator")]);
  await up("--refresh");
  await untilHealthy();
  expect((await incarnations()).slice(0, 2)).toEqual([execution, beacon]);
});

test("the engine runs the healthcheck that was rendered, and it passes", async () => {
  for (const layer of LAYERS) {
    const health = await host.docker([
      "inspect",
      "--format",
      "{{.State.Health.Status}} {{len .Config.Healthcheck.Test}}",
      nameOf(layer),
    ]);
    expect(health).toMatch(/^healthy [2-9]/);
  }
});

test("containers are held as the design says", async () => {
  for (const layer of LAYERS) {
    const format = "{{json .HostConfig}}";
    const held: unknown = JSON.parse(await host.docker(["inspect", "--format", format, nameOf(layer)]));
    expect(held).toMatchObject({
      Privileged: false,
      CapDrop: ["ALL"],
      SecurityOpt: expect.arrayContaining([expect.stringMatching(/^no-new-privileges/)]),
      ReadonlyRootfs: true,
      LogConfig: { Type: "json-file", Config: { "max-size": expect.any(String), "max-file": expect.any(String) } },
      PortBindings: {},
    });
    const memory = await host.docker([
      "inspect",
      "--format",
      "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}",
      nameOf(layer),
    ]);
    const [limit, swap] = memory.split(" ").map(Number);
    expect(limit).toBeGreaterThan(0);
    expect(swap).toBe(limit);
    expect(await host.docker(["inspect", "--format", "{{.Config.User}}", nameOf(layer)])).toMatch(/^1000[1-9]/);
  }
});

describe("promise 6: secrets are in no argument list, environment, log, error text, resource id or plain state", () => {
  test("mnemonic, JWT, password, keystores and node keys", async () => {
    const { chain } = await statusOf(where.name);
    const password = await readVolume(nameOf("keys"), "cat /v/password.txt");
    const jwt = await readVolume(nameOf("jwt", chain?.generation), "find /v -type f -exec cat {} +");
    const identity = (await readVolume(nameOf("identity"), "for f in /v/*.key; do cat $f; echo; done")).split("\n");
    const ciphertexts = await readVolume(nameOf("keys"), "cat /v/keystores/*/* /v/keystores/* 2>/dev/null || true");
    const cipher = [...ciphertexts.matchAll(/"message":\s*"([0-9a-f]{64})"/g)].flatMap(([, message]) => message ?? []);
    expect(cipher.length).toBeGreaterThanOrEqual(32);
    const secrets = [TEST_MNEMONIC, password.trim(), jwt.trim(), jwt.trim().replace(/^0x/, ""), ...identity, ...cipher]
      .map((each) => each.trim())
      .filter((each) => each !== "");
    expect(secrets.length).toBeGreaterThanOrEqual(4 + cipher.length);
    expect(jwt.trim().replace(/^0x/, "")).toMatch(/^[0-9a-f]{64}$/);

    const { stdout: state } = await node.stack.pulumi(["stack", "export", "--stack", where.name]);
    const everything = { state, shown };
    for (const layer of LAYERS) {
      const inspected = await host.docker(["inspect", nameOf(layer)]);
      const logs = (await host.try(["logs", nameOf(layer)])).all;
      Object.assign(everything, { [`inspect ${layer}`]: inspected, [`logs ${layer}`]: logs });
    }
    for (const [place, text] of Object.entries(everything)) {
      expect(text.length).toBeGreaterThan(100);
      const found = secrets.filter((secret) => text.includes(secret));
      expect({ place, found: found.length }).toEqual({ place, found: 0 });
    }
  });
});

describe("promise 7: from outside only the p2p ports answer", () => {
  test("engine API, RPC and Beacon API are on internal networks", async () => {
    const networks = (await objectsWith(label())).networks;
    expect(networks.sort()).toEqual(["api", "engine", "metrics"].map((what) => nameOf(`${what}-network`)).sort());
    // The peers' network too is the rehearsal's, which reaches nobody.
    for (const network of [...networks, networkName(where.name)])
      expect(await host.docker(["network", "inspect", "--format", "{{.Internal}}", network])).toBe("true");
  });
});

test("rotate-jwt: a new secret, and the node goes on with it", async () => {
  const { chain } = await statusOf(where.name);
  const read = () => readVolume(nameOf("jwt", chain?.generation), "find /v -type f -exec cat {} +");
  const before = await read();
  const validator = (await incarnations())[2];
  await succeed(["rotate-jwt", "--stack", where.name]);
  const after = await read();
  expect(after).toMatch(/[0-9a-f]{64}/);
  expect(after).not.toBe(before);
  await untilFollowing(where.name, nameOf("beacon"));
  expect((await incarnations())[2]).toBe(validator);
  await expectNoChanges();
});

test("promise 9: a container somebody made anew from another image is told, and repair puts it right", async () => {
  const name = nameOf("validator");
  const format = "{{.Image}} {{range $key, $value := .Config.Labels}}--label={{$key}}={{$value}} {{end}}";
  const [image = "", ...labels] = (await host.docker(["inspect", "--format", format, name])).trim().split(" ");
  // As tools do that keep containers up to date.
  await host.docker(["rm", "--force", name]);
  await host.docker([
    "run",
    "--detach",
    `--name=${name}`,
    "--network=none",
    "--init",
    ...labels,
    TOOLS,
    "sleep",
    "600",
  ]);
  const seen = await statusOf(where.name);
  expect(seen).toMatchObject({ healthy: false, problem: { code: "other-image" } });
  const { stderr } = await ephemery(["repair", "--stack", where.name]);
  expect(stderr).toContain(`Removed ${name}`);
  expect(await host.docker(["inspect", "--format", "{{.Image}}", name])).toBe(image);
  await untilFollowing(where.name, nameOf("beacon"));
  await expectNoChanges();
});

describe("a run that is cut off", () => {
  /** A change that restarts the beacon node and does nothing else. */
  const changedBy = (goroutines: number): Readonly<Record<string, unknown>> => ({
    ...config,
    beaconExtraArgs: [...REHEARSAL_BEACON_ARGS, `--max-goroutines=${goroutines}`],
  });

  /** Begins an `up` that restarts the beacon node, and ends it as soon as the new container is there. */
  async function cutOff(
    goroutines: number,
    signal: "SIGINT" | "SIGKILL",
  ): Promise<{ code: number | null; stderr: string }> {
    node.configure(changedBy(goroutines));
    const old = await host.docker(["inspect", "--format", "{{.Id}}", nameOf("beacon")]);
    const { child, answer } = begin(["up", "--stack", where.name, "--yes"]);
    for (let attempt = 0; attempt < 1_200; attempt++) {
      const now = await host.try(["inspect", "--format", "{{.Id}} {{.State.Running}}", nameOf("beacon")]);
      if (now.ok && now.stdout.endsWith("true") && !now.stdout.startsWith(old)) break;
      await sleep(50);
    }
    const started = descendants(child.pid ?? 0);
    process.kill(-(child.pid ?? 0), signal);
    const ended = await answer;
    // Plugins are in groups of their own and outlive an engine that was killed.
    if (signal === "SIGKILL") endAll(started);
    return ended;
  }

  test("by SIGKILL: the next up clears up after it and finishes", async () => {
    await cutOff(5_001, "SIGKILL");
    const { stderr } = await ephemery(["up", "--stack", where.name, "--yes"]);
    expect(stderr).toMatch(/Cleared the lock of a run that was cut off/);
    await untilFollowing(where.name, nameOf("beacon"));
    await expectNoChanges("--refresh");
  });

  test("by Ctrl-C: it ends by itself, and the next up finishes", async () => {
    const { stderr } = await cutOff(5_002, "SIGINT");
    expect(stderr).not.toMatch(/^\s+at /m);
    await succeed(["up", "--stack", where.name, "--yes"]);
    await untilFollowing(where.name, nameOf("beacon"));
    await expectNoChanges("--refresh");
  });

  /** Waits until the engine has the stack's lock. */
  async function untilEngineLocked(): Promise<void> {
    const folder = join(where.folder, ".pulumi", "locks", "organization", "ephemery", where.name);
    for (let attempt = 0; attempt < 600; attempt++) {
      const files = await readdir(folder).catch(() => []);
      if (files.some((file) => file.endsWith(".json"))) return;
      await sleep(50);
    }
    throw new Error(`no lock in ${folder}`);
  }

  test("a second up at the same time is told who is at work", async () => {
    node.configure(changedBy(5_003));
    const first = begin(["up", "--stack", where.name, "--yes"]);
    await sleep(1_500);
    const second = await ephemery(["up", "--stack", where.name, "--yes"]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${first.child.pid}`) });
    // By hand as well: the engine's own lock, which says the same.
    await untilEngineLocked();
    const byHand = await node.stack.pulumi(["up", "--yes", "--non-interactive", "--stack", where.name]);
    expect(byHand).toMatchObject({ ok: false, all: expect.stringMatching(/locked by 1 lock/) });
    expect((await first.answer).code).toBe(0);
    await untilFollowing(where.name, nameOf("beacon"));
  });
});

describe("promises 5 and 8: the end", () => {
  test("a run leaves the git tree clean", async () => {
    expect(await changedFiles()).toEqual(treeBefore);
  });

  test("with --purge-keys it leaves nothing, and asks for both flags where nobody can answer", async () => {
    const refused = await ephemery(["destroy", "--stack", where.name, "--purge-keys"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") });
    await succeed(["destroy", "--stack", where.name, "--yes", "--purge-keys"]);
    expect(await objectsWith(label())).toEqual({ containers: [], networks: [], volumes: [] });
  });
});
