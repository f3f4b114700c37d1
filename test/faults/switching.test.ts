// A reset that is cut off where the node is down, and where old data is being removed: the next run finishes it.

import { setTimeout as sleep } from "node:timers/promises";
import { dockerName, type Owner } from "../../components/names";
import { readDeployment, readPubkeys } from "../../operations/deployment";
import { PROFILES } from "../../rehearsal/profile";
import {
  type Answer,
  begin,
  ephemery,
  freePort,
  giveMnemonic,
  joining,
  type OwnStack,
  ownStack,
  succeed,
} from "../support/ephemery";
import { killedWhen } from "../support/killed";
import { host, incarnation, objectsWith, type Place, place, sweep } from "../support/machine";
import { type Report, statusOf } from "../support/status";

jest.setTimeout(600_000);

const SUBNET = "10.213.48";
/** Seconds from the old chain's end to slot 0: a switch, a kill, and another switch. */
const DELAY = 150;
const PERIOD = 300;
const PROFILE = { ...PROFILES["electra-fast"], delay: DELAY, period: PERIOD };
const LAYERS = ["execution", "beacon", "validator"] as const;

let where: Place;
let node: OwnStack;
let owner: Owner;
let seed: ReturnType<typeof begin> | undefined;
let old: NonNullable<Report["chain"]>;
let before: { readonly identity: string | undefined; readonly pubkeys: readonly string[] };

const RESET = (): readonly string[] => ["reset", "--stack", where.name, "--now", "--json"];
const kept = async () => ({
  identity: (await readDeployment(node.stack)).identity,
  pubkeys: await readPubkeys(node.stack),
});
const volumesOf = async (generation: string): Promise<string[]> =>
  (await objectsWith(`ephemery.generation=${generation}`)).volumes.filter((name) => name.includes(`-${owner.id}-`));
const runningClients = async (): Promise<string[]> => {
  const text = await host.docker(["ps", "--format", "{{.Names}}", "--filter", `label=ephemery.id=${owner.id}`]);
  return text.split("\n").filter((name) => LAYERS.some((layer) => name === dockerName(owner, layer)));
};
/** Runs that follow, as a timer would start them, until one has done the work or there is none left. */
async function finish(): Promise<Answer> {
  for (let run = 1; ; run++) {
    const answer = await ephemery(RESET());
    if (answer.code === 0 || run === 3) return answer;
    await sleep(5_000);
  }
}
const untilTime = (time: number): Promise<void> => sleep(Math.max(0, time * 1000 - Date.now()));

beforeAll(async () => {
  where = place("cut");
  const port = await freePort();
  const rehearse = ["rehearse", "start", "--name", where.name, "--profile", "electra-fast", "--period", `${PERIOD}`];
  await succeed([...rehearse, "--delay", `${DELAY}`, "--port", `${port}`, "--subnet", SUBNET, "--lead", "100"]);
  node = await ownStack(where.name, joining({ rehearsal: where.name, port, subnet: SUBNET, profile: PROFILE }));
  await giveMnemonic(node.stack);
  await succeed(["up", "--stack", where.name, "--yes"]);
  const { owner: found } = await readDeployment(node.stack);
  const { chain } = await statusOf(where.name);
  if (!found || !chain) throw new Error("the stack is not deployed");
  [owner, old] = [found, chain];
  before = await kept();
  await succeed(["rehearse", "release", "--name", where.name]);
  seed = begin(["watch", "--stack", `${where.name}-seed`]);
  await succeed(RESET());
});

afterAll(async () => {
  seed?.child.kill("SIGTERM");
  await seed?.answer;
  await ephemery(["destroy", "--stack", where.name, "--yes", "--purge-keys"]);
  await ephemery(["rehearse", "stop", "--name", where.name]);
  for (const stack of [where.name, `${where.name}-seed`]) await sweep(`ephemery.stack=${stack}`);
  await sweep(`ephemery.rehearsal=${where.name}`);
  await node?.forget();
  where.dispose();
});

test("promise 2: a switch that is killed when every client has stopped is finished before slot 0", async () => {
  expect((await statusOf(where.name)).release.staged).toMatch(new RegExp(`^${old.iteration + 1}-`));
  await untilTime(old.nextResetTime + 1);
  await killedWhen(RESET(), async () => (await runningClients()).length === 0);
  // Both chains' data is there: nothing was wiped for what was to come.
  expect(await volumesOf(old.generation)).toHaveLength(5);

  const { code, stderr } = await finish();
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const { chain, problem } = await statusOf(where.name);
  expect(chain?.iteration).toBe(old.iteration + 1);
  expect(["syncing", undefined]).toContain(problem?.code);
  expect(Date.now() / 1000).toBeLessThan(chain?.genesisTime ?? 0);
  expect(await runningClients()).toHaveLength(3);
  expect(await kept()).toEqual(before);
  expect(await volumesOf(old.generation)).toHaveLength(5);
});

test("promise 2: a settle that is killed while it removes the old data is finished, and takes nothing else", async () => {
  const clients = await Promise.all(LAYERS.map((layer) => incarnation(dockerName(owner, layer))));
  const { chain } = await statusOf(where.name);
  const epoch = PROFILE.slotsPerEpoch * PROFILE.secondsPerSlot;
  await untilTime((chain?.genesisTime ?? 0) + 3 * epoch);
  await killedWhen(RESET(), async () => (await volumesOf(old.generation)).length < 5);

  const { code, stderr } = await finish();
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(await volumesOf(old.generation)).toEqual([]);
  expect(await volumesOf(chain?.generation ?? "")).toHaveLength(5);
  expect(await Promise.all(LAYERS.map((layer) => incarnation(dockerName(owner, layer))))).toEqual(clients);
  expect(await kept()).toEqual(before);
  const args = ["preview", "--stack", where.name, "--non-interactive", "--expect-no-changes"];
  const preview = await node.stack.pulumi(args);
  if (!preview.ok) throw new Error(preview.all);
});
