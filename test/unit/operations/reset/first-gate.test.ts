// A node that was moved, and that no run has seen at work on its new chain: the next run looks at it, once.

import { writeFileSync } from "node:fs";
import { HostChannel } from "../../../../operations/host/channel";
import * as company from "../../../../operations/reset/company";
import { note, readJournal } from "../../../../operations/reset/journal";
import type { Told } from "../../../support/docker-here";
import { CONTAINERS, clock, deployment, facts, LoopbackNode, nameOf } from "../../../support/loopback-node";
import { chainOf } from "../../../support/node";
import { asked, docker, hook, outputs, runAt, STACK, told } from "../../../support/reset-run";

/** Of the beacon node that a stack without settings has, which is Lighthouse. */
const BEACON_PORT = 5052;

const node = new LoopbackNode();
beforeAll(() => node.start(docker, BEACON_PORT));
afterAll(() => node.stop());

/** In its second epoch: nothing is to be settled yet. */
const active = { ...facts, slotsPerEpoch: 32 };
const NOW = Math.floor(Date.now() / 1000);

/** The clients that docker lists as ended: none, unless a test says otherwise. */
const ENDED: Told = { when: "ps --all" };

beforeEach(() => {
  node.changed = {};
  docker.tell([clock, ENDED, ...CONTAINERS]);
  const { validators: _, ...alone } = deployment;
  writeFileSync(outputs, JSON.stringify({ ...alone, record: { active, previous: chainOf(165) } }));
});

test("promise 2: it is on its chain: that is noted as the switch's end, and not looked at again", async () => {
  hook("after-switch");
  expect(await runAt(NOW)).toMatchObject({ outcome: "done", work: ["switch"], nodeDownSeconds: null });
  expect(told.at(-1)).toBe(`The node is on ${facts.generation}; peers of execution client and beacon node: 3, 3.`);
  const done = { work: "switch", generation: facts.generation, outcome: "done", nodeDownSeconds: null, problem: null };
  expect(await readJournal(STACK)).toMatchObject([{ ...done, ready: true }]);
  expect(await runAt(NOW + 60)).toMatchObject({ outcome: "nothing", work: [] });
  // What somebody wants done behind a switch is done behind this one, too, and once.
  expect(asked()).toEqual([`after-switch ${STACK} ${facts.generation}`]);
});

describe("promise 2: a validator client that comes up and finds no beacon node", () => {
  const validators = { validatorCount: "3", feeRecipient: `0x${"ab".repeat(20)}` };
  const connections = (state: string): Told => ({
    when: "cat /proc/net/tcp",
    stdout: `   0: 040014AC:9C40 030014AC:${BEACON_PORT.toString(16).toUpperCase()} ${state} 00000000:00000000 0\n`,
  });

  test("keeps the gate shut, by a text that says of which chain: it goes to a phone", async () => {
    docker.tell([connections("02"), clock, ENDED, ...CONTAINERS]);
    const run = runAt(NOW, {}, validators);
    let time = NOW * 1000;
    jest.spyOn(Date, "now").mockImplementation(() => {
      time += 20_000;
      return time;
    });
    await expect(run).rejects.toMatchObject({
      code: "not-proved",
      message: `The node does not work on ${facts.generation} yet: The validator client has no connection to a beacon node.`,
      // A repair leaves a container alone that Docker calls healthy.
      remedy: expect.stringContaining(`docker restart --time 60 ${nameOf("validator")}`),
    });
  });

  test("and has one at last, opens it", async () => {
    docker.tell([connections("01"), clock, ENDED, ...CONTAINERS]);
    expect(await runAt(NOW, {}, validators)).toMatchObject({ outcome: "done", work: ["switch"] });
    const [look] = docker.calls().filter(({ args }) => args.some((arg) => arg.includes("/proc/net/tcp")));
    expect(look?.args).toContain("--network=container:ephemery-local-test-0badcafe-validator");
  });
});

describe("promise 2: a beacon node that met nobody, and was started again", () => {
  const NO_PEERS = { "/eth/v1/node/peers?state=connected": [] };

  /** A run on a chain whose slot 0 is to come, with a clock that goes on at each look; `then`: the node from then on. */
  async function restarted(then: LoopbackNode["changed"]): Promise<unknown> {
    const { validators: _, ...alone } = deployment;
    const record = { active: { ...active, genesisTime: NOW + 600 }, previous: chainOf(165) };
    writeFileSync(outputs, JSON.stringify({ ...alone, record }));
    docker.tell([clock, ENDED, { when: "restart" }, ...CONTAINERS]);
    node.changed = { beacon: NO_PEERS };
    const { docker: command } = HostChannel.prototype;
    jest.spyOn(HostChannel.prototype, "docker").mockImplementation(function (this: HostChannel, args, options) {
      if (args[0] === "restart") node.changed = then;
      return command.call(this, args, options);
    });
    jest.spyOn(company.clock, "pause").mockResolvedValue();
    const run = runAt(NOW, {}, { beaconClient: "prysm" });
    let time = NOW * 1000;
    jest.spyOn(Date, "now").mockImplementation(() => {
      time += 20_000;
      return time;
    });
    return run;
  }

  test("is looked at once more: one that stays silent keeps the gate shut", async () => {
    await expect(restarted({ beacon: "silent" })).rejects.toMatchObject({
      code: "not-proved",
      message: `The node does not work on ${facts.generation} yet: The Beacon API does not answer.`,
    });
    expect(told.join("\n")).not.toContain("The node is on");
  });

  test("and has peers then, is told of with those", async () => {
    expect(await restarted({})).toMatchObject({ outcome: "done", work: ["switch"] });
    expect(told).toEqual([
      `switch ${facts.generation} …`,
      "The beacon node had no peers; it was started again 1 times.",
      `The node is on ${facts.generation}; peers of execution client and beacon node: 3, 3.`,
    ]);
  });
});

test("promise 2: a client that has ended since is started, as the update, which is through, does not do it", async () => {
  docker.tell([clock, { ...ENDED, stdout: "beacon\tB\n" }, { when: "start B" }, ...CONTAINERS]);
  docker.calls();
  expect(await runAt(NOW)).toMatchObject({ outcome: "done", work: ["switch"] });
  const calls = docker.calls().map(({ args }) => args.join(" "));
  expect(calls.filter((call) => call.startsWith("start"))).toEqual(["start B"]);
  expect(calls.find((call) => call.startsWith("ps --all"))).toContain(`ephemery.generation=${facts.generation}`);
  expect(told).toContain("B had ended; it was started again.");
});

test("promise 4: what signs is not started by a run: who stopped it may have its keys sign elsewhere", async () => {
  const validators = { validatorCount: "3", feeRecipient: `0x${"ab".repeat(20)}` };
  docker.tell([clock, { ...ENDED, stdout: "validator\tV\nexecution\tE\n" }, { when: "start E" }, ...CONTAINERS]);
  docker.calls();
  const run = runAt(NOW, {}, validators);
  // Its validator client stays away.
  let time = NOW * 1000;
  jest.spyOn(Date, "now").mockImplementation(() => {
    time += 20_000;
    return time;
  });
  await expect(run).rejects.toMatchObject({ code: "not-proved" });
  const calls = docker.calls().map(({ args }) => args.join(" "));
  expect(calls.filter((call) => call.startsWith("start"))).toEqual(["start E"]);
});

describe("how long the node was down, where the run that moved it did not see it at work", () => {
  const before = {
    at: NOW - 320,
    seconds: 200,
    work: "switch",
    generation: facts.generation,
    outcome: "failed",
  } as const;
  const problem = { code: "not-proved", text: "No peers." };

  test("is from the first client's stop to the opening of the gate", async () => {
    await note(STACK, { ...before, nodeDownSeconds: null, downSince: NOW - 310.5, problem });
    expect(await runAt(NOW)).toMatchObject({ outcome: "done", work: ["switch"], nodeDownSeconds: 310.5 });
    expect((await readJournal(STACK)).at(-1)).toMatchObject({ outcome: "done", nodeDownSeconds: 310.5 });
  });

  test("is what that run saw, where the clients were ready then, and still run", async () => {
    await note(STACK, { ...before, nodeDownSeconds: 12.5, downSince: NOW - 310.5, problem });
    expect(await runAt(NOW)).toMatchObject({ nodeDownSeconds: 12.5 });
  });

  test("is longer than that where one had ended since", async () => {
    await note(STACK, { ...before, nodeDownSeconds: 12.5, downSince: NOW - 310.5, problem });
    docker.tell([clock, { ...ENDED, stdout: "beacon\tB\n" }, { when: "start B" }, ...CONTAINERS]);
    expect(await runAt(NOW)).toMatchObject({ nodeDownSeconds: 310.5 });
  });
});

test("promise 2: a dry run, and one that stages at most, leave that to others", async () => {
  expect(await runAt(NOW, { dryRun: true })).toMatchObject({ outcome: "nothing", work: [] });
  expect(await runAt(NOW, { stageOnly: true })).toMatchObject({ outcome: "nothing", work: [] });
  expect(await readJournal(STACK)).toEqual([]);
});
