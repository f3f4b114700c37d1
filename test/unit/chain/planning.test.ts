// A plan's doubts about this machine's clock: one that is behind the source's is told of, and decides nothing.

import type { DeploymentRecord } from "../../../chain/plan";
import { decidePlan } from "../../../chain/planning";
import { ownFolder } from "../../support/folder";
import { chainOf, settingsOf } from "../../support/node";
import { type Answer, listen, type Server } from "../../support/release-site";

ownFolder("chain-planning");
const record: DeploymentRecord = { active: chainOf(165), next: chainOf(166) };
const END = chainOf(166).executionGenesisTime;

let server: Server | undefined;
afterEach(async () => {
  await server?.close();
  jest.restoreAllMocks();
});

/** What is decided at a time, by a source whose clock is ahead; `planned`: the time the plan is for. */
async function decided(time: number, ahead: number, planned = time, answer: Partial<Answer & object> = {}) {
  const date = new Date((time + ahead) * 1000).toUTCString();
  server = await listen(() => ({ status: 404, headers: { date }, ...answer }));
  jest.spyOn(Date, "now").mockReturnValue(time * 1000);
  const releaseSources = JSON.stringify([`${server.url}/a/b`]);
  return decidePlan(settingsOf({ network: "rehearsal", p2pNetwork: "x", releaseSources }), record, planned);
}

test.each([
  ["near the chain's end", END - 1_000],
  ["as soon as a release is looked for", END - 7_200],
])("%s a clock that is behind is told of, and by how much, and the plan is the same", async (_, time) => {
  const { plan, doubt, warnings } = await decided(time, 900);
  expect(plan).toEqual(record);
  expect(doubt).toMatchObject({
    code: "clock",
    message: expect.stringContaining("This machine's clock is 900 s behind"),
    remedy: expect.stringContaining("NTP"),
  });
  expect(warnings).toEqual([expect.stringContaining("900 s behind")]);
});

test("a source that refuses to answer tells the time all the same", async () => {
  expect((await decided(END - 1_000, 900, END - 1_000, { status: 403 })).doubt).toMatchObject({ code: "clock" });
});

test("a switch that is due by it is done", async () => {
  const { plan } = await decided(END, 900);
  expect(plan.active).toEqual(record.next);
});

test.each([
  ["a clock that is behind by no more than is usual", END - 1_000, 30],
  ["one that is ahead before the chain's end", END - 1_000, -900],
  ["one that nobody is asked about, long before it", END - 7_201, 900],
])("%s is none to tell of", async (_, time, ahead) => {
  const { plan, doubt, warnings } = await decided(time, ahead);
  expect([plan, doubt, warnings]).toEqual([record, undefined, []]);
});

test("nor is that of a stack with a moment of its own, which plans with an earlier time", async () => {
  expect((await decided(END - 1_000, 0, END - 1_300)).doubt).toBeUndefined();
});
