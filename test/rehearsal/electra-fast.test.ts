// Real clients on a chain with epochs of 16 seconds: duties, agreement, finality, a node that
// starts again, and one that comes late.

import { createServer, type Server } from "node:http";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { dockerName } from "../../components/names";
import { readDeployment } from "../../operations/deployment";
import { PROFILES } from "../../rehearsal/profile";
import { nodeValidators, REHEARSAL_BEACON_ARGS } from "../../rehearsal/topology";
import { ephemery, freePort, giveMnemonic, joining, type OwnStack, ownStack, succeed } from "../support/ephemery";
import { evidence } from "../support/evidence";
import { killedWhen } from "../support/killed";
import { unlessLost } from "../support/lost-peer";
import { freeSubnet, host, incarnation, inside, type Place, place, stackOf, sweep } from "../support/machine";
import { type Report, reportSchema, statusOf } from "../support/status";

jest.setTimeout(900_000);

const PROFILE = PROFILES["electra-fast"];
/** The node's validators; each attests once an epoch. */
const { count: COUNT } = nodeValidators({ profile: PROFILE });
const LAYERS = ["execution", "beacon", "validator"];

let where: Place;
let node: OwnStack;
let late: OwnStack | undefined;
let port: number;
let subnet: string;
const lateName = (): string => `${where.name}-late`;

async function until(name: string, done: (report: Report) => boolean, seconds: number): Promise<Report> {
  const deadline = Date.now() + seconds * 1000;
  const mended = unlessLost(name, `${where.name}-seed`);
  for (;;) {
    const report = await statusOf(name);
    if (done(report)) return report;
    await mended(report);
    if (Date.now() > deadline) {
      const why = await evidence([name, `${where.name}-seed`]);
      throw new Error(`not in ${seconds} s: ${JSON.stringify(report)}\n${why}`);
    }
    await sleep(2_000);
  }
}

/** What a stack's beacon node answers. */
async function ask<T>(stack: string, path: string, schema: z.ZodType<T>): Promise<T> {
  const { owner, tools } = await readDeployment(await stackOf(stack));
  if (!owner || !tools) throw new Error(`${stack} is not deployed`);
  const url = `http://127.0.0.1:3500/eth/v1/${path}`;
  const text = await inside(dockerName(owner, "beacon"), tools, "wget", "-qO-", url);
  return z.object({ data: schema }).parse(JSON.parse(text)).data;
}

const headerSchema = z.object({
  root: z.string(),
  header: z.object({ message: z.object({ slot: z.coerce.number() }) }),
});
const identitySchema = z.object({ metadata: z.object({ seq_number: z.coerce.number() }) });

/** The root of a slot's block, as a stack's beacon node sees it. */
async function rootAt(stack: string, slot: number | string): Promise<{ slot: number; root: string }> {
  const { root, header } = await ask(stack, `beacon/headers/${slot}`, headerSchema);
  return { slot: header.message.slot, root };
}

/** How often a beacon node has told its peers of changes, as it counts them: they ban one that begins anew. */
const metadataNumber = async (stack: string): Promise<number> =>
  (await ask(stack, "node/identity", identitySchema)).metadata.seq_number;

/**
 * The newest block that both have is the same. One that comes late can be the head of one of them and soon nobody's,
 * so they are asked for an epoch.
 *
 * @param epochs more of them, for a node that has just synced: with one peer Prysm v7.1.2 ends its sync some slots
 *   behind and fills that gap one block every 4 s, twice as long as a slot here. Its validators take it for synced, and
 *   attest and propose on a chain of their own meanwhile (docs/rehearsal.md, "One node beside the seed").
 */
async function expectAgreement(one: string, other: string, epochs = 1): Promise<void> {
  const deadline = Date.now() + epochs * PROFILE.slotsPerEpoch * PROFILE.secondsPerSlot * 1000;
  for (;;) {
    const heads = await Promise.all([rootAt(one, "head"), rootAt(other, "head")]);
    const slot = Math.min(...heads.map((head) => head.slot));
    // A node without a block in that slot rejects.
    const roots = (await Promise.allSettled([rootAt(one, slot), rootAt(other, slot)])).map((each) =>
      each.status === "fulfilled" ? each.value.root : undefined,
    );
    if (slot > 0 && roots[0] !== undefined && roots[0] === roots[1]) return;
    if (Date.now() > deadline)
      throw new Error(`at slot ${slot} they have ${roots.join(" and ")}\n${await evidence([one, other])}`);
  }
}

/** Has a server listen at this machine's address on the rehearsal's network, and returns its URL. */
async function listenOnNetwork(server: Server): Promise<string> {
  const ours = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const { address: host } = ours.find(({ address }) => address.startsWith(`${subnet}.`)) ?? { address: "" };
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject).listen(0, host, resolve);
  });
  const address = server.address();
  return `http://${host}:${typeof address === "object" ? address?.port : ""}`;
}

/** The seed's Beacon API, at this machine's address on the network, until it has handed its state out once; then it is gone. */
async function providerThatFails(): Promise<{ url: string; asked: readonly string[]; close: () => void }> {
  const asked: string[] = [];
  const isState = (path: string): boolean => path.startsWith("/eth/v2/debug/beacon/states/");
  const server = createServer(async ({ url: path = "", headers: { accept = "*/*" } }, response) => {
    const gone = asked.some(isState);
    asked.push(path);
    if (gone) return response.destroy();
    const answer = await fetch(`http://${subnet}.12:3500${path}`, { headers: { accept } });
    return response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
  return { url: await listenOnNetwork(server), asked, close: () => server.close().closeAllConnections() };
}

beforeAll(async () => {
  where = place("electra");
  port = await freePort();
  subnet = await freeSubnet();
  const rehearse = ["rehearse", "start", "--name", where.name, "--profile", "electra-fast"];
  await succeed([...rehearse, "--port", String(port), "--subnet", subnet, "--lead", "60"]);
  node = await ownStack(where.name, joining({ rehearsal: where.name, port, subnet, profile: PROFILE }));
  await giveMnemonic(node.stack);
  await succeed(["up", "--stack", where.name, "--yes", "--wait"]);
});

afterAll(async () => {
  for (const name of [lateName(), where.name]) {
    await ephemery(["destroy", "--stack", name, "--yes", "--purge-keys"]);
    await sweep(`ephemery.stack=${name}`);
  }
  await ephemery(["rehearse", "stop", "--name", where.name]);
  await sweep(`ephemery.stack=${where.name}-seed`);
  await sweep(`ephemery.rehearsal=${where.name}`);
  await late?.forget();
  await node?.forget();
  where.dispose();
});

test("the node's validators attest and propose", async () => {
  const atWork = ({ validators }: Report): boolean =>
    (validators.proposed ?? 0) > 0 && (validators.attested ?? 0) > COUNT;
  const { validators } = await until(where.name, atWork, 120);
  expect(validators).toMatchObject({ configured: COUNT, active: COUNT, pending: 0 });
});

test("both nodes agree on the head", async () => {
  await expectAgreement(where.name, `${where.name}-seed`);
});

test("the chain becomes final", async () => {
  const { beacon } = await until(where.name, (report) => (report.beacon?.finalizedEpoch ?? 0) >= 2, 240);
  expect(beacon?.finalizedEpoch).toBeGreaterThanOrEqual(2);
});

test("promise 1: an up in epoch 4 changes nothing either", async () => {
  await until(where.name, ({ chain }) => (chain?.epoch ?? 0) >= 4, 240);
  const { owner } = await readDeployment(node.stack);
  if (!owner) throw new Error("not deployed");
  const incarnations = () => Promise.all(LAYERS.map((layer) => incarnation(dockerName(owner, layer))));
  const before = await incarnations();
  await node.stack.up({ args: ["--refresh", "--expect-no-changes"] });
  expect(await incarnations()).toEqual(before);
});

test("a beacon node that is started again goes on counting where it was, and keeps its peer", async () => {
  const { owner } = await readDeployment(node.stack);
  if (!owner) throw new Error("not deployed");
  const before = await metadataNumber(where.name);
  expect(before).toBeGreaterThan(1);
  await host.docker(["restart", dockerName(owner, "beacon")]);
  await until(where.name, ({ beacon }) => beacon?.peers.total === 1, 60);
  expect(await metadataNumber(where.name)).toBeGreaterThanOrEqual(before);
});

describe("a second pairing: the node's validators on what somebody else runs", () => {
  const seedUrl = () => `http://${subnet}.12:3500`;
  const own = () => joining({ rehearsal: where.name, port, subnet, profile: PROFILE });
  /** A validator client and nothing else; the secret of the engine API is not for it any more. */
  const alone = (beaconNode: string): Readonly<Record<string, unknown>> => {
    const layers = { executionClient: "external", beaconClient: "external", beaconNodes: [beaconNode] };
    const ofBeacon = ["beaconPeers", "beaconExtraArgs"];
    const rest = Object.entries(own()).filter(([key]) => !ofBeacon.includes(key));
    return { ...Object.fromEntries(rest), ...layers };
  };
  const containers = async (): Promise<string[]> => {
    const filter = `label=ephemery.stack=${where.name}`;
    const names = await host.docker(["ps", "--format", '{{.Label "ephemery.role"}}', "--filter", filter]);
    return names.split("\n").sort();
  };
  const seed = async () => {
    const { owner, tools, record } = await readDeployment(await stackOf(`${where.name}-seed`));
    if (!owner || !tools || !record) throw new Error("the seed is not deployed");
    return { owner, tools, generation: record.active.generation };
  };
  /** The secret of the seed's engine API, as whoever runs an execution client hands it to whoever may use it. */
  const jwtOfSeed = async (): Promise<string> => {
    const { owner, tools, generation } = await seed();
    const volume = `--volume=${dockerName(owner, "jwt", generation)}:/jwt:ro`;
    return host.docker(["run", "--rm", "--network=none", volume, tools, "cat", "/jwt/jwt.hex"]);
  };
  const attestedMore =
    (before: Report["validators"], many: number) =>
    ({ validators }: Report): boolean =>
      (validators.attested ?? 0) >= (before.attested ?? 0) + many;
  const attestsOn = async (): Promise<void> => {
    const { validators: before } = await statusOf(where.name);
    // A beacon node that is made anew twice in half a minute may be sent away for two.
    await until(where.name, attestedMore(before, COUNT), 240);
  };
  afterAll(async () => {
    node.configure(own());
    await node.stack.pulumi(["config", "rm", "ephemery:executionJwtSecret", "--stack", where.name]);
  });

  test("an external execution client takes the place of the node's own, and its secret is in no state", async () => {
    const secret = await jwtOfSeed();
    node.configure({
      ...own(),
      executionClient: "external",
      executionEndpoint: `http://${subnet}.11:8551`,
      beaconNodes: [seedUrl()],
      graffiti: "second pairing",
      metrics: false,
    });
    await node.stack.setSecret("ephemery:executionJwtSecret", secret);
    expect(await succeed(["preview", "--stack", where.name])).toContain(
      "The execution client changes from geth to external.",
    );
    // What it says at its end: of slots of 2 s, Prysm calls one that is late syncing.
    const report = reportSchema.parse(
      JSON.parse(await succeed(["up", "--stack", where.name, "--yes", "--wait", "--json"])),
    );
    expect(await containers()).toEqual(["beacon", "validator"]);
    expect(report).toMatchObject({ healthy: true, problem: null, execution: { client: "external", block: null } });
    await attestsOn();
    const { stdout } = await node.stack.pulumi(["stack", "export", "--stack", where.name]);
    expect(stdout).not.toContain(secret);
  });

  test("several beacon nodes: the validators attest on while the first one is down", async () => {
    const { owner } = await readDeployment(node.stack);
    if (!owner) throw new Error("not deployed");
    // What the change before this one cost is counted before, not as if it had been lost here.
    const changed = (await statusOf(where.name)).chain?.epoch ?? 0;
    const counted = ({ validators }: Report): boolean => (validators.countedThrough ?? -1) >= changed;
    const { validators: before } = await until(where.name, counted, 240);
    await host.docker(["stop", dockerName(owner, "beacon")]);
    // Three epochs, which the seed's beacon node counts below. Prysm asks another node for duties from the next epoch
    // on: one epoch may be lost to that, and one to the new validator client.
    await sleep(3 * 16_000);
    node.configure(alone(seedUrl()));
    await succeed(["up", "--stack", where.name, "--yes"]);
    expect(await containers()).toEqual(["validator"]);
    const { validators: after } = await until(where.name, attestedMore(before, 2 * COUNT), 90);
    expect((after.missed ?? 0) - (before.missed ?? 0)).toBeLessThanOrEqual(2 * COUNT);
  });

  test("a validator client alone attests on others' beacon nodes, and starts on none that is on another chain", async () => {
    expect((await statusOf(where.name)).healthy).toBe(true);
    await attestsOn();
    const stand = createServer((_, response) =>
      response.end(JSON.stringify({ data: { genesis_validators_root: `0x${"9".repeat(64)}` } })),
    );
    const address = await listenOnNetwork(stand);
    try {
      node.configure(alone(address));
      const { code, stderr, stdout } = await ephemery(["up", "--stack", where.name, "--yes"]);
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain("No validator client starts unless its beacon nodes are on this chain");
      expect(await containers()).toEqual(["validator"]);
    } finally {
      stand.close().closeAllConnections();
    }
  });
});

describe("a node that comes after the third epoch", () => {
  const lateConfig = (...checkpointProviders: string[]) => ({
    ...joining({ rehearsal: where.name, port, subnet, profile: PROFILE }),
    executionP2pAddress: `${subnet}.31`,
    beaconP2pAddress: `${subnet}.32`,
    // Only then it says why it lost a peer, which evidence.ts tells.
    beaconExtraArgs: [...REHEARSAL_BEACON_ARGS, "--verbosity=debug"],
    // Nobody has the first one's address.
    checkpointProviders: [`http://${subnet}.99:3500`, ...checkpointProviders, `http://${subnet}.12:3500`],
  });
  const NO_VALIDATORS = { validatorCount: 0, validatorStart: 0 };
  const beaconOf = async (stack: OwnStack): Promise<string> => {
    const { owner } = await readDeployment(stack.stack);
    return owner ? dockerName(owner, "beacon") : "";
  };

  beforeAll(async () => {
    // The seed has a place for one peer. The node keeps its keys and comes back in the next test.
    await succeed(["destroy", "--stack", where.name, "--yes"]);
    late = await ownStack(lateName(), lateConfig());
    await giveMnemonic(late.stack);
  });
  afterEach(() => succeed(["destroy", "--stack", lateName(), "--yes", "--purge-keys"]));

  async function expectStarted(stack: OwnStack): Promise<void> {
    await until(lateName(), ({ healthy }) => healthy, 240);
    const command = await host.docker(["inspect", "--format", "{{json .Args}}", await beaconOf(stack)]);
    expect(command).toContain(`--checkpoint-sync-url=http://${subnet}.12:3500`);
    await expectAgreement(lateName(), `${where.name}-seed`, 6);
  }

  test("starts from a checkpoint that proved to be of this chain, and has its duties counted from there", async () => {
    if (!late) throw new Error("there is no stack");
    const finalOfSeed = async () => (await statusOf(`${where.name}-seed`)).beacon?.finalizedEpoch ?? 0;
    const before = await finalOfSeed();
    expect(before).toBeGreaterThan(0);
    await succeed(["up", "--stack", lateName(), "--yes"]);
    await expectStarted(late);
    // They look for another signer first, for two epochs.
    const counted = ({ validators: { attested, countedThrough } }: Report): boolean =>
      countedThrough !== null && (attested ?? 0) > 0;
    const { validators } = await until(lateName(), counted, 240);
    expect(validators).toMatchObject({ configured: COUNT, active: COUNT });
    // One epoch more where the checkpoint's own first slots are empty.
    expect(validators.countedFrom).toBeGreaterThanOrEqual(before);
    expect(validators.countedFrom).toBeLessThanOrEqual((await finalOfSeed()) + 1);
  });

  test("is brought up by repair when its provider fails before the first sync has ended", async () => {
    if (!late) throw new Error("there is no stack");
    const provider = await providerThatFails();
    try {
      late.configure({ ...lateConfig(provider.url), ...NO_VALIDATORS });
      const restarts = async (): Promise<number> => {
        const found = await host.try(["ps", "--quiet", "--filter", `name=${lateName()}.*-beacon`]);
        const id = found.stdout.trim();
        return id === "" ? 0 : Number((await host.try(["inspect", "--format", "{{.RestartCount}}", id])).stdout);
      };
      // It would wait a quarter of an hour for the beacon node to be well.
      const { stderr } = await killedWhen(["up", "--stack", lateName(), "--yes"], async () => (await restarts()) >= 4);
      expect(stderr).toContain("The beacon node has ended 3 times by itself.");
      expect(provider.asked.length).toBeGreaterThan(3);
      // Its exit code says whether the node is well already, which one that has to sync first need not be.
      expect((await ephemery(["repair", "--stack", lateName()])).stderr).toMatch(/Cleared the lock/);
      await expectStarted(late);
    } finally {
      provider.close();
    }
  });
});

describe("promise 4: a validator key signs in at most one place", () => {
  test("a validator client that starts on a running chain without its slashing protection looks for another signer", async () => {
    const again = async (): Promise<void> => {
      await succeed(["up", "--stack", where.name, "--yes"]);
    };
    await again();
    const { owner, tools } = await readDeployment(node.stack);
    if (!owner || !tools) throw new Error("not deployed");
    const command = () => host.docker(["inspect", "--format", "{{json .Args}}", dockerName(owner, "validator")]);
    // It was destroyed and made again, and what destroy keeps is there: nothing to look for.
    expect(await command()).not.toMatch(/doppelganger/);
    await succeed(["destroy", "--stack", where.name, "--yes"]);
    const keys = `--volume=${dockerName(owner, "keys")}:/keys`;
    await host.docker(["run", "--rm", "--network=none", keys, tools, "rm", "-rf", "/keys/slashing"]);
    await again();
    expect(await command()).toMatch(/doppelganger/);
  });
});
