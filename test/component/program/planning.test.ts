// The plan of a run: the stack's own record, a real release server on loopback, and the clock.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type Plan, STAGE_LEAD } from "../../../chain/plan";
import { givenBy } from "../../../components/program/given";
import { resolvePlan } from "../../../components/program/planning";
import { readSelf } from "../../../components/program/self";
import { REPOSITORY, serveReleases } from "../../../rehearsal/server";
import { ROOT } from "../../../toolchain/paths";
import { ownFolder } from "../../support/folder";
import { underMocks } from "../../support/mocks";
import { chainOf, settingsOf } from "../../support/node";
import { type Answer, listen, type Server as SiteServer } from "../../support/release-site";

const folder = join(ownFolder("planning"), "releases");
/** Execution genesis times of the releases in test/testdata, unix seconds. */
const BEGIN_166 = chainOf(166).executionGenesisTime;

let server: Server;
let source: string;
/** The source's clock, unix seconds; undefined: it says what this machine's does. */
let sourceTime: number | undefined;
/** As a Date has it. */
const dateOf = (time: number): string => new Date(time * 1000).toUTCString();
const isAddress = (address: unknown): address is AddressInfo => typeof address === "object" && address !== null;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  server = await serveReleases(folder, 0);
  server.prependListener("request", (_, response: ServerResponse) => {
    response.setHeader("date", dateOf(sourceTime ?? Date.now() / 1000));
  });
  const address = server.address();
  if (isAddress(address)) source = `http://127.0.0.1:${address.port}/${REPOSITORY}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const warnings: string[] = [];
beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  warnings.length = 0;
  sourceTime = undefined;
  jest.spyOn(pulumi.log, "warn").mockImplementation(async (text) => {
    warnings.push(text);
  });
});
afterEach(() => jest.restoreAllMocks());

function release(iteration: number, file = "network-config.tar.gz"): void {
  const tag = join(folder, `ephemery-${iteration}`);
  mkdirSync(tag);
  cpSync(join(ROOT, `test/testdata/fulu-${iteration}-${file}`), join(tag, file));
}

const asked: unknown[] = [];

/** The plan at a time, of a stack on this machine whose last successful update left `record`. */
async function planAt(now: number, record?: unknown, sources = [source], config = {}): Promise<Plan> {
  jest.spyOn(Date, "now").mockReturnValue(now * 1000);
  const settings = settingsOf({
    network: "rehearsal",
    p2pNetwork: "x",
    releaseSources: JSON.stringify(sources),
    ...config,
  });
  const host = { name: "local", uri: "unix:///var/run/docker.sock" };
  const owner = { host: "local", stack: "test", id: "5eed5eed" };
  const { outputs } = await underMocks(
    async () => resolvePlan(settings, await readSelf()),
    ({ type, inputs }) => {
      if (type === "pulumi:pulumi:StackReference") asked.push(inputs.name);
      return { outputs: record === undefined ? {} : { record, host, owner }, secretOutputNames: [] };
    },
  );
  return outputs;
}

const NOBODY = "http://127.0.0.1:2/nobody";
const recordOf = (iteration: number) => ({ active: chainOf(iteration) });
const endOf = (iteration: number): number => chainOf(iteration).executionGenesisTime + chainOf(iteration).period;

test("the record is this stack's own", async () => {
  await planAt(BEGIN_166 + 100, recordOf(166), [NOBODY]);
  expect(asked).toEqual(["organization/ephemery/test"]);
});

test("with nothing deployed the node goes on the newest release that has begun", async () => {
  release(166);
  const { active } = await planAt(BEGIN_166 + 100);
  expect(active).toMatchObject({ iteration: 166, chainId: 39_438_166, release: { tag: "ephemery-166", source } });
});

test("with nothing deployed and no source that answers there is no plan", async () => {
  await expect(planAt(BEGIN_166 + 100, undefined, [NOBODY])).rejects.toMatchObject({ code: "release-unreachable" });
});

test("promise 3: long before the chain's end nobody is asked and nothing changes", async () => {
  release(166);
  const record = recordOf(165);
  const early = endOf(165) - STAGE_LEAD - 1;
  expect(await planAt(early, record)).toEqual({ active: record.active });
  // A source that is down would have been told of.
  expect(await planAt(early, record, [NOBODY])).toEqual({ active: record.active });
  expect(warnings).toEqual([]);
});

test("a client that is too old for a chain's forks is warned of, and the plan is made all the same", async () => {
  release(166);
  const config = { beaconImage: "sigp/lighthouse:v7.1.0" };
  const { active } = await planAt(BEGIN_166 + 100, undefined, [source], config);
  expect(active.iteration).toBe(166);
  expect(warnings).toContainEqual(
    expect.stringMatching(/lighthouse 7\.1\.0 does not know the fork fulu.*needs 8\.0\.0/),
  );
});

test("two hours before its end the next release is staged, as soon as it is there", async () => {
  const record = recordOf(165);
  expect(await planAt(endOf(165) - STAGE_LEAD, record, [NOBODY])).toEqual({ active: record.active });
  release(166);
  const { active, next } = await planAt(endOf(165) - STAGE_LEAD, record);
  expect([active, next?.iteration]).toEqual([record.active, 166]);
});

test("after the chain's end the next release is the plan, and the old chain is kept", async () => {
  release(166);
  const record = recordOf(165);
  const { active, previous } = await planAt(endOf(165), record);
  expect([active.iteration, previous]).toEqual([166, record.active]);
  expect(warnings).toEqual([]);
});

describe("promise 3: with everything staged, a wrong clock is no reset", () => {
  const record = { ...recordOf(165), next: chainOf(166) };
  const path = process.env.PATH;
  afterEach(() => {
    process.env.PATH = path;
  });

  /** What this machine's kernel says of its clock. */
  function synchronised(answer: "yes" | "no"): void {
    const programs = join(folder, "..", `kernel-clock-${answer}`);
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, "timedatectl"), `#!/bin/sh\necho ${answer}\n`, { mode: 0o755 });
    process.env.PATH = `${programs}:${path}`;
  }

  test("when nobody else can be asked for the time", async () => {
    synchronised("no");
    expect(await planAt(endOf(165), record, [NOBODY])).toEqual(record);
    expect(warnings).toEqual([expect.stringMatching(/nobody who can be asked .*stays on it/)]);
  });

  test("when the source says another time", async () => {
    synchronised("no");
    mkdirSync(join(folder, "ephemery-164"));
    sourceTime = endOf(165) - 60;
    expect(await planAt(endOf(165), record)).toEqual(record);
    expect(warnings).toEqual([expect.stringMatching(/, but 20\d\d-.* does not say so/)]);
  });

  test("the kernel's clock is enough of a witness where it is synchronised and no source answers", async () => {
    synchronised("yes");
    expect((await planAt(endOf(165), record, [NOBODY])).active).toEqual(record.next);
    expect(warnings).toEqual([]);
  });
});

describe("with everything staged, and no source that has a release", () => {
  const record = { ...recordOf(165), next: chainOf(166) };
  const path = process.env.PATH;
  const servers: SiteServer[] = [];
  afterEach(async () => {
    process.env.PATH = path;
    await Promise.all(servers.splice(0).map((each) => each.close()));
  });
  const answering = async (answer: Answer): Promise<SiteServer> => {
    // No kernel vouches for anything.
    process.env.PATH = "";
    const made = await listen(() => answer);
    servers.push(made);
    return made;
  };

  test("one that says no is a witness all the same, and is asked once: a switch does not wait", async () => {
    const refuses = await answering({ status: 403, headers: { date: dateOf(endOf(165)) } });
    expect((await planAt(endOf(165), record, [refuses.url])).active).toEqual(record.next);
    expect(refuses.asked).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test("one that names a release nobody can have, too", async () => {
    mkdirSync(join(folder, "ephemery-166"));
    const headers = { location: `${source}/releases/tag/ephemery-166`, date: dateOf(endOf(165)) };
    const names = await answering({ status: 302, headers });
    expect((await planAt(endOf(165), record, [names.url])).active).toEqual(record.next);
    expect(warnings).toEqual([]);
  });

  test("on the public network a checkpoint provider is one, too", async () => {
    const provider = await answering({ status: 404 });
    const config = { network: "ephemery", checkpointProviders: JSON.stringify([NOBODY, provider.url]) };
    expect((await planAt(endOf(165), record, [NOBODY], config)).active).toEqual(record.next);
    expect(provider.asked).toHaveLength(1);
    // One that tells another time is none.
    const late = await answering({ status: 200, headers: { date: "Thu, 19 Nov 2020 19:00:00 GMT" } });
    const others = { network: "ephemery", checkpointProviders: JSON.stringify([late.url]) };
    expect((await planAt(endOf(165), record, [NOBODY], others)).active).toEqual(record.active);
    expect(warnings).toEqual([expect.stringContaining("but 2020-11-19T19:00:00.000Z does not say so")]);
  });

  test("a rehearsal's provider is not asked: it is on networks of its own", async () => {
    const provider = await answering({ status: 404 });
    const config = { checkpointProviders: JSON.stringify([provider.url]) };
    expect((await planAt(endOf(165), record, [NOBODY], config)).active).toEqual(record.active);
    expect(provider.asked).toEqual([]);
  });
});

describe("as a part of a run", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  /** The program's plan, where a run has seen `seen` deployed and decided on its plan before a release came out. */
  async function planned(seen: Plan, deployed: unknown): Promise<Plan> {
    const late = endOf(165) - 100;
    Object.assign(process.env, givenBy(late, seen, { active: seen.active, settled: true }));
    release(166);
    return planAt(late, deployed);
  }

  test("the plan is the run's: what is released after it has looked is for the next run", async () => {
    expect(await planned(recordOf(165), recordOf(165))).toEqual({ ...recordOf(165), settled: true });
  });

  test.each<[string, Plan | undefined]>([
    ["moved", { active: chainOf(166), previous: chainOf(165) }],
    ["staged", { ...recordOf(165), next: chainOf(166) }],
    ["settled", { ...recordOf(165), settled: true }],
    ["taken down", undefined],
  ])("promise 3: a node that somebody has %s since does not go back", async (_, deployed) => {
    await expect(planned(recordOf(165), deployed)).rejects.toMatchObject({ code: "plan-stale" });
  });
});

test.each([
  ["no source answers", () => undefined, () => [NOBODY], /No release source answered/],
  [
    "the next release has no files yet",
    () => mkdirSync(join(folder, "ephemery-166")),
    () => [source],
    /not complete yet/,
  ],
  [
    "the next release is another iteration's",
    () =>
      cpSync(
        join(ROOT, "test/testdata/fulu-167-network-config.tar.gz"),
        join(folder, "ephemery-166/network-config.tar.gz"),
      ),
    () => [source],
    /ephemery-166 .*iteration/s,
  ],
])(
  "promise 3: silence is not a reset: when %s, what is deployed stays, and that is said",
  async (_, prepare, sources, reason) => {
    prepare();
    const record = recordOf(165);
    expect(await planAt(endOf(165) + 100, record, sources())).toEqual({ active: record.active });
    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(warnings).toEqual([expect.stringContaining("stays on iteration 165")]);
  },
);

test("promise 3: an iteration never goes back, and what an older release lacks is not told", async () => {
  mkdirSync(join(folder, "ephemery-166"));
  for (const record of [recordOf(167), recordOf(166)]) {
    expect(await planAt(endOf(167) + 100, record)).toEqual({ active: record.active });
  }
  expect(warnings).toEqual([]);
});

test("a record that is not one is an error, not a first deployment", async () => {
  release(166);
  await expect(planAt(BEGIN_166 + 100, { active: { iteration: 165 } })).rejects.toThrow();
});

test.each([
  ["another engine", { dockerHost: "ssh://root@far" }],
  ["another name", { hostName: "far" }],
])("promise 4: a node that runs does not move to %s: its keys would sign in two places", async (_, config) => {
  const moved = planAt(BEGIN_166 + 100, recordOf(166), [NOBODY], config);
  await expect(moved).rejects.toMatchObject({ code: "host-changed", remedy: expect.stringContaining("destroy") });
});

test("promise 4: a node that runs gets no other id: its slashing protection is in volumes that have the old one", async () => {
  const given = (id: string) => planAt(BEGIN_166 + 100, recordOf(166), [NOBODY], { id });
  await expect(given("0badcafe")).rejects.toMatchObject({
    code: "host-changed",
    message: expect.stringContaining("5eed5eed"),
    remedy: expect.stringContaining("destroy"),
  });
  expect((await given("5eed5eed")).active.iteration).toBe(166);
});

test("with nothing deployed a node goes on any host", async () => {
  release(166);
  expect((await planAt(BEGIN_166 + 100, undefined, [source], { hostName: "far" })).active.iteration).toBe(166);
});
