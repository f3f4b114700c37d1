// What can go wrong while the next chain is made ready, on a real node: whatever it is, the node runs on as it was,
// and a later run finishes the stage.

import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tagOf } from "../../chain/iteration";
import { LAYERS, USERS } from "../../clients/spec";
import { dockerName, labelsOf } from "../../components/names";
import { readDeployment } from "../../operations/deployment";
import { makeIteration, PRYSMCTL_IMAGES } from "../../rehearsal/iterations";
import { load } from "../../rehearsal/store";
import { imageOriginOf } from "../../toolchain/origin";
import { type Answer, ephemery, succeed } from "../support/ephemery";
import { faketime } from "../support/faketime";
import { killedWhen } from "../support/killed";
import { host, objectsWith } from "../support/machine";
import { type Rehearsed, rehearsed } from "../support/rehearsed";
import { releaseSite, type Site, type Answer as SiteAnswer } from "../support/release-site";
import { tar } from "../support/tar";

jest.setTimeout(300_000);

/** The running chain lasts for the whole test, and the next one may be staged from its begin. */
const PERIOD = 7_200;
const BUNDLE = "network-config.tar.gz";

let on: Rehearsed;
let site: Site;
let tools: string;
/** Iteration that runs, and the next one's execution genesis time. */
let running: number;
let nextTime: number;
let before: Awaited<ReturnType<Rehearsed["kept"]>> & { readonly clients: readonly string[] };

const staged = async (): Promise<string | null> => (await on.status()).release.staged;

/** Another build of the next chain: another genesis time, and so another chain, which takes the staged one's place. */
async function rebuild(): Promise<void> {
  const rehearsal = await load(on.name);
  if (!rehearsal) throw new Error("there is no rehearsal");
  nextTime += 1;
  const image = PRYSMCTL_IMAGES[await imageOriginOf("rehearsal", "auto")];
  site.publish(tagOf(running + 1), await makeIteration(rehearsal, running + 1, nextTime, image));
}

/** The promise of every fault: the clients, the keys and the chain are what they were. */
async function expectUntouched(): Promise<void> {
  expect({ ...(await on.kept()), clients: await on.incarnations() }).toEqual(before);
  expect((await on.chain()).iteration).toBe(running);
}

/** What the next run makes of it: the newest build is staged, and state and host agree. */
async function expectFinished(): Promise<void> {
  const { code, stdout, stderr } = await on.reset();
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ outcome: "done", work: ["stage"] });
  await expectUntouched();
  const generation = await staged();
  expect(generation).toMatch(new RegExp(`^${running + 1}-`));
  expect(await on.volumesOf(generation ?? "")).toHaveLength(5);
  const { containers } = await objectsWith(`ephemery.id=${on.owner.id}`);
  expect(containers).toHaveLength(LAYERS.length);
  await on.expectNoChanges("--refresh");
}

const killed = (come: () => Promise<boolean>): Promise<Answer> =>
  killedWhen(["reset", "--stack", on.name, "--now", "--json"], come);

beforeAll(async () => {
  site = await releaseSite();
  const config = () => ({ releaseSources: [site.source] });
  on = await rehearsed({ what: "faults", period: PERIOD, config });
  running = (await load(on.name))?.iterations.at(-1)?.iteration ?? 0;
  site.publish(tagOf(running), on.assets(running));
  await on.up("--wait");
  const { tools: image, record } = await readDeployment(on.node.stack);
  if (!image || !record) throw new Error("the stack is not deployed");
  tools = image;
  nextTime = record.active.executionGenesisTime + PERIOD;
  before = { ...(await on.kept()), clients: await on.incarnations() };
  await rebuild();
}, 600_000);

afterAll(async () => {
  await on?.end();
  await site?.close();
});

describe("promise 3: a source that does not have the next chain, or says what can't be so, changes nothing", () => {
  const bundle = (): Uint8Array => site.assets.get(`${tagOf(running + 1)}/${BUNDLE}`) ?? new Uint8Array();
  const fetched = (path: string): boolean => path === `/store/${tagOf(running + 1)}/${BUNDLE}`;
  const always = (answer: SiteAnswer) => () => answer;
  /** Other bytes in the place of the bundle, with the digest that is theirs. */
  const served = (bytes: () => Uint8Array) => (): void => {
    site.assets.set(`${tagOf(running + 1)}/${BUNDLE}`, bytes());
  };
  const flipped = (): Uint8Array => {
    const bytes = new Uint8Array(bundle());
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    return bytes;
  };
  const elsewhere = (): Uint8Array =>
    gzipSync(tar([{ name: "../../../tmp/ephemery-escaped", bytes: new Uint8Array(4) }]));
  const ofRunning = (): Uint8Array => site.assets.get(`${tagOf(running)}/${BUNDLE}`) ?? new Uint8Array();
  const missing = (): void => {
    for (const path of [...site.assets.keys()]) if (path.startsWith(tagOf(running + 1))) site.assets.delete(path);
  };
  const instead = (answer: (path: string) => SiteAnswer | undefined) => (): void => {
    site.instead = answer;
  };

  const wrongDigest = (): void => {
    site.digests = "wrong";
  };

  let good: Map<string, Uint8Array>;
  beforeEach(() => {
    good = new Map(site.assets);
  });
  afterEach(() => {
    site.instead = () => undefined;
    site.digests = "right";
    for (const [path, bytes] of good) site.assets.set(path, bytes);
  });

  // One that is there and is not what it should be is an alarm; one that nobody can have is waited for.
  test.each<[string, () => void, string, refused: boolean]>([
    ["500", instead(always({ status: 500 })), "No release source answered", false],
    [
      "403, as for too many questions",
      instead(always({ status: 403, body: "rate limit exceeded" })),
      "No release source answered",
      false,
    ],
    ["a cut connection", instead(always("cut")), "No release source answered", false],
    ["nothing, for as long as anyone waits", instead(always("silent")), "No release source answered", false],
    [
      "one byte of the bundle, and then nothing",
      instead((path) => (fetched(path) ? { slow: bundle() } : undefined)),
      "No release source answered",
      false,
    ],
    [
      "a page in HTML",
      instead(always({ status: 200, body: "<html>hello</html>" })),
      "No release source answered",
      false,
    ],
    ["a tag without its assets", missing, "is not complete yet", false],
    [
      "half of the bundle",
      instead((path) => (fetched(path) ? { half: bundle() } : undefined)),
      "No release source answered",
      false,
    ],
    ["a bundle that was tampered with", served(flipped), "was not unpacked", true],
    ["a bundle with another digest than its own", wrongDigest, "is not what its source says it is", true],
    ["a bundle that would leave its folder", served(elsewhere), "was not unpacked", true],
    ["the bundle of another iteration", served(ofRunning), "does not agree with itself", true],
  ])("%s", async (_, fault, says, refused) => {
    fault();
    const { code: exit, stdout, stderr } = await on.reset();
    expect(exit).toBe(refused ? 1 : 0);
    if (!refused) expect(JSON.parse(stdout)).toMatchObject({ outcome: "nothing", work: [], staged: null });
    expect(stderr).toContain(`stays on iteration ${running}`);
    expect(stderr).toContain(says);
    await expectUntouched();
    expect(await staged()).toBeNull();
  });

  test("a later run, when all is well, stages it", expectFinished);
});

describe("promise 2: a stage that is cut off is finished by the next run", () => {
  beforeEach(rebuild);

  test("killed while the bundle is on its way", async () => {
    const asked = site.asked.length;
    site.instead = (path) => (path.startsWith("/store/") ? "silent" : undefined);
    await killed(async () => site.asked.slice(asked).some(({ path }) => path.startsWith("/store/")));
    site.instead = () => undefined;
    await expectUntouched();
    await expectFinished();
  });

  test("killed while a job is at work on the host", async () => {
    await killed(async () => {
      const text = await host.docker([
        "ps",
        "--all",
        "--format",
        "{{.Names}}",
        "--filter",
        `label=ephemery.id=${on.owner.id}`,
      ]);
      return text.split("\n").some((name) => name.includes(`-job-`) && name.includes(`-${running + 1}-`));
    });
    // What the engine had begun is written down as such, and is in the way of any other update.
    expect((await on.node.stack.checkpoint()).pending).not.toEqual([]);
    await expectUntouched();
    await expectFinished();
  });

  test("a job that fails, because the disk is full, leaves the clients as they are", async () => {
    // A volume of 64 KiB, where the execution client's database is to be.
    const generation = await nextGeneration();
    const volume = dockerName(on.owner, "execution-chain", generation);
    const labels = Object.entries(labelsOf(on.owner, "execution-chain", generation)).map(
      ([k, v]) => `--label=${k}=${v}`,
    );
    const tiny = ["--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=64k"];
    await host.docker(["volume", "create", ...labels, ...tiny, volume]);
    const { code, stderr } = await on.reset();
    expect(code).toBe(1);
    expect(stderr).toMatch(/no space left on device|disk/i);
    await expectUntouched();
    await host.docker(["volume", "rm", volume]);
    // One that is as the tiny one would be, had there been room: the job that hands it over has been done.
    await host.docker(["volume", "create", ...labels, volume]);
    const { uid, gid } = USERS.execution;
    const handOver = `chown ${uid}:${gid} /data && chmod 0700 /data`;
    await host.docker(["run", "--rm", `--volume=${volume}:/data`, tools, "sh", "-c", handOver]);
    await expectFinished();
  });

  test("two runs at once: one does it, the other is told who does", async () => {
    const answers = await Promise.all([on.reset(), on.reset()]);
    expect(answers.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(answers.find(({ code }) => code === 1)?.stderr).toMatch(/is in use by `ephemery reset`: process \d+/);
    await expectUntouched();
    expect(JSON.parse((await on.reset()).stdout)).toMatchObject({ outcome: "nothing" });
  });

  test("an engine's lock that a dead process left is cleared", async () => {
    const folder = join(on.folder, ".pulumi", "locks", "organization", "ephemery", on.name);
    mkdirSync(folder, { recursive: true });
    const lock = { pid: 4_000_000, username: "nobody", hostname: hostname(), timestamp: new Date().toISOString() };
    writeFileSync(join(folder, "0badcafe-0000-4000-8000-000000000000.json"), JSON.stringify(lock));
    await expectFinished();
  });
});

describe("what is wrong with the running node is no reset", () => {
  test.each([
    ["on, past the end of the chain", "+1d"],
    ["back, before its begin", "-1d"],
  ])("a clock of this machine that jumps %s", async (_, by) => {
    const args = ["reset", "--stack", on.name, "--now", "--json"];
    const { code, stdout, stderr } = await ephemery(args, faketime(by, on.folder));
    expect({ code, outcome: JSON.parse(stdout).outcome }).toEqual({ code: 0, outcome: "nothing" });
    if (by.startsWith("+")) expect(stderr).toContain("until another clock agrees");
    await expectUntouched();
    // And back again.
    expect(JSON.parse((await on.reset()).stdout)).toMatchObject({ outcome: "nothing" });
    await expectUntouched();
    await on.expectNoChanges();
  });

  test("a beacon node that answers nobody", async () => {
    await host.docker(["pause", on.client("beacon")]);
    try {
      const { code, stdout } = await on.reset();
      expect({ code, outcome: JSON.parse(stdout).outcome }).toEqual({ code: 0, outcome: "nothing" });
    } finally {
      await host.docker(["unpause", on.client("beacon")]);
    }
    await expectUntouched();
    await on.expectNoChanges();
  });

  test("a client that was stopped by hand: a run leaves it to a person, and repair brings it back with its data", async () => {
    await host.docker(["stop", on.client("execution")]);
    const { code, stdout } = await on.reset();
    expect({ code, outcome: JSON.parse(stdout).outcome }).toEqual({ code: 0, outcome: "nothing" });
    expect((await on.status()).problem?.code).toBe("execution-container");
    // Its exit code says whether the node is well already, and this one has slots to catch up.
    await ephemery(["repair", "--stack", on.name]);
    const { chain } = await on.until("a node that is well", ({ problem }) => problem === null, 120);
    expect(chain?.iteration).toBe(running);
    await on.expectNoChanges("--refresh");
  });
});

/** What the build that hangs on the site will be called: what a dry run says it would stage. */
async function nextGeneration(): Promise<string> {
  const report = JSON.parse(await succeed(["reset", "--stack", on.name, "--dry-run", "--json"]));
  return String(report.staged);
}
