// A reset that is cut off where the node is down, and where old data is being removed: the next run finishes it.

import { setTimeout as sleep } from "node:timers/promises";
import { PROFILES } from "../../rehearsal/profile";
import { killedWhen } from "../support/killed";
import { type Chain, type Rehearsed, rehearsed } from "../support/rehearsed";

jest.setTimeout(600_000);

/** Seconds from the old chain's end to slot 0: a run that is held back, a switch, a kill, and another switch. */
const DELAY = 165;
const PERIOD = 315;
const { slotsPerEpoch, secondsPerSlot } = PROFILES["electra-fast"];

let on: Rehearsed;
let old: Chain;
let before: Awaited<ReturnType<Rehearsed["kept"]>>;

const RESET = (): readonly string[] => ["reset", "--stack", on.name, "--now", "--json"];
const untilTime = (time: number): Promise<void> => sleep(Math.max(0, time * 1000 - Date.now()));

/** Runs that follow, as a timer starts them: each waits for its moment; until one goes well or there is none left. */
async function finish(): Promise<void> {
  for (let run = 1; ; run++) {
    const { code, stderr } = await on.scheduled();
    if (code === 0) return;
    if (run === 3) throw new Error(`three runs failed: ${stderr}`);
  }
}

beforeAll(async () => {
  on = await rehearsed({ what: "cut", delay: DELAY, period: PERIOD, lead: 100 });
  await on.up();
  old = await on.chain();
  before = await on.kept();
  await on.release();
  on.watch();
  expect(await on.reset()).toMatchObject({ code: 0 });
});

afterAll(() => on?.end());

test("promise 4: an edit that nobody has brought up does not go along with a switch", async () => {
  await untilTime(old.nextResetTime + 1);
  const clients = await on.incarnations();
  on.node.configure({ ...on.config, graffiti: "edited" });
  const { code, stderr } = await on.reset();
  on.node.configure(on.config);
  expect(code).toBe(1);
  expect(stderr).toMatch(/delete-replaced docker:index\/container:Container \S*validator/);
  expect(stderr).toContain("docs/troubleshooting.md#held-back");
  expect(await on.incarnations()).toEqual(clients);
});

test("promise 2: a switch that is killed when every client has stopped is finished before slot 0", async () => {
  expect((await on.status()).release.staged).toMatch(new RegExp(`^${old.iteration + 1}-`));
  let down = false;
  const told = on.untilDown().then(() => {
    down = true;
  });
  await Promise.all([told, killedWhen(RESET(), async () => down)]);
  // Both chains' data is there: nothing was wiped for what was to come.
  expect(await on.volumesOf(old.generation)).toHaveLength(5);

  await finish();
  const { chain, problem } = await on.status();
  expect(chain?.iteration).toBe(old.iteration + 1);
  expect(["syncing", undefined]).toContain(problem?.code);
  expect(Date.now() / 1000).toBeLessThan(chain?.genesisTime ?? 0);
  expect(await on.running()).toHaveLength(3);
  expect(await on.kept()).toEqual(before);
  expect(await on.volumesOf(old.generation)).toHaveLength(5);
});

test("promise 2: a settle that is killed while it removes the old data is finished, and takes nothing else", async () => {
  const clients = await on.incarnations();
  const chain = await on.chain();
  await untilTime(chain.genesisTime + 3 * slotsPerEpoch * secondsPerSlot);
  await killedWhen(RESET(), async () => (await on.volumesOf(old.generation)).length < 5);

  await finish();
  expect(await on.volumesOf(old.generation)).toEqual([]);
  expect(await on.volumesOf(chain.generation)).toHaveLength(5);
  expect(await on.incarnations()).toEqual(clients);
  expect(await on.kept()).toEqual(before);
  await on.expectNoChanges("--refresh");
});
