// A release that is late: its assets are missing for minutes, and when they come its chain has long begun. Until then
// the node stays on its own chain; then it finds its way by itself.

import { setTimeout as sleep } from "node:timers/promises";
import { tagOf } from "../../chain/iteration";
import { PROFILES } from "../../rehearsal/profile";
import { unlessLost } from "../support/lost-peer";
import { type Rehearsed, rehearsed } from "../support/rehearsed";
import { releaseSite, type Site } from "../support/release-site";
import type { Report } from "../support/status";

jest.setTimeout(900_000);

const DELAY = 80;
/** The second chain is late by its first epochs, a look, a stage, a switch and what a doppelganger takes. */
const PERIOD = 420;
const { slotsPerEpoch, secondsPerSlot } = PROFILES["electra-fast"];
/** How often a source may be asked for the newest release while one is awaited: once a minute, and at a chain's end. */
const OFTEN = 12;

let on: Rehearsed;
/** Where the node looks; the seed has the rehearsal's own place, which is in time. */
let site: Site;
let unwatch: (() => Promise<void>) | undefined;
let before: Awaited<ReturnType<Rehearsed["kept"]>>;

const untilTime = (time: number): Promise<void> => sleep(Math.max(0, time * 1000 - Date.now()));
const latestAsked = (): number => site.asked.filter(({ path }) => path.endsWith("/releases/latest")).length;

beforeAll(async () => {
  site = await releaseSite();
  const config = () => ({ releaseSources: [site.source] });
  on = await rehearsed({ what: "late", delay: DELAY, period: PERIOD, lead: 100, config });
  const first = Math.max(...on.iterations());
  site.publish(tagOf(first), on.assets(first));
  await on.up();
  before = await on.kept();
  await on.release();
  on.watch();
});

afterAll(async () => {
  await on?.end();
  await site?.close();
});

/** The node works on the chain: its clients agree with the record, and its validators' votes are on it. */
async function expectAtWork(iteration: number): Promise<void> {
  const atWork = ({ chain, validators, problem }: Report): boolean =>
    chain?.iteration === iteration && (validators.attested ?? 0) > 0 && problem === null;
  const { validators } = await on.until(
    `work on iteration ${iteration}`,
    atWork,
    300,
    unlessLost(on.name, `${on.name}-seed`),
  );
  expect(validators).toMatchObject({ configured: on.validators, active: on.validators });
  expect(await on.kept()).toEqual(before);
}

test("promise 3: a tag whose assets are missing for five minutes, past slot 0 of its chain", async () => {
  const old = await on.chain();
  const clients = await on.incarnations();
  const since = Date.now();
  site.latest = tagOf(old.iteration + 1);
  unwatch = on.watch(on.name);

  await untilTime(old.nextResetTime + DELAY + 10);
  expect(Date.now() - since).toBeGreaterThan(290_000);
  expect(await on.incarnations()).toEqual(clients);
  expect((await on.chain()).generation).toBe(old.generation);
  expect(latestAsked()).toBeLessThan(OFTEN);
  site.publish(tagOf(old.iteration + 1), on.assets(old.iteration + 1));
  await expectAtWork(old.iteration + 1);
});

test("promise 3: a release that comes after the third epoch of its chain", async () => {
  const old = await on.chain();
  await on.release();
  const epochThree = old.nextResetTime + DELAY + 3 * slotsPerEpoch * secondsPerSlot;
  await untilTime(epochThree + 5);
  expect((await on.chain()).generation).toBe(old.generation);
  site.publish(tagOf(old.iteration + 1), on.assets(old.iteration + 1));
  await expectAtWork(old.iteration + 1);
  await on.until("a settle", ({ reset }) => reset.last?.outcome === "settled", 200);
  await unwatch?.();
  await on.expectNoChanges("--refresh");
});
