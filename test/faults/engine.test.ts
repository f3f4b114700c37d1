// A switch with an engine and a client that do not do as they are told: a client that does not stop, and a Docker
// Engine that is killed while the node is down.

import { setTimeout as sleep } from "node:timers/promises";
import { executionClients } from "../../clients/execution";
import { LAYERS } from "../../clients/spec";
import { imageOriginOf } from "../../toolchain/origin";
import { PrivateEngine } from "../support/engine";
import { begin } from "../support/ephemery";
import { type Chain, type Rehearsed, rehearsed } from "../support/rehearsed";
import type { Report } from "../support/status";

jest.setTimeout(1_200_000);

/** Seconds from the old chain's end to slot 0: enough for the longest grace, or for an engine to come back. */
const DELAY = 200;
/** After the first chain's settle there is time for an `up` that changes every client, a release and its stage. */
const PERIOD = 520;
const STUBBORN = "ephemery.test/stubborn:1";

let engine: PrivateEngine;
let on: Rehearsed;
let before: Awaited<ReturnType<Rehearsed["kept"]>>;
let old: Chain;

/** An execution client that no signal but SIGKILL ends: a shell is process 1, has no use for others and passes none on. */
async function makeStubborn({ host }: PrivateEngine): Promise<void> {
  const { official, local } = executionClients.geth.images;
  const image = (await imageOriginOf("rehearsal")) === "official" ? official : local;
  const container = await host.docker(["create", image ?? official]);
  const [program = "geth"] = JSON.parse(
    await host.docker(["inspect", "--format", "{{json .Config.Entrypoint}}", container]),
  );
  const entrypoint = JSON.stringify(["/bin/sh", "-c", `${program} "$@"; exit $?`, "sh"]);
  await host.docker(["commit", `--change=ENTRYPOINT ${entrypoint}`, container, STUBBORN]);
  await host.docker(["rm", container]);
}

async function release(): Promise<void> {
  old = await on.chain();
  await on.release();
}

const switched = ({ chain, reset }: Report): boolean =>
  chain?.iteration === old.iteration + 1 && reset.last?.generation === chain.generation;
const counted = ({ validators }: Report): boolean => (validators.countedThrough ?? -1) >= 1;
const settled = ({ reset }: Report): boolean => reset.last?.outcome === "settled";

beforeAll(async () => {
  engine = await PrivateEngine.started();
  const config = () => ({ executionImage: STUBBORN });
  on = await rehearsed({ what: "stubborn", engine: engine.host, delay: DELAY, period: PERIOD, lead: 100, config });
  await makeStubborn(engine);
  await on.up();
  before = await on.kept();
  await release();
  on.watch();
});

afterAll(async () => {
  await engine?.start();
  await on?.end();
  await engine?.end();
});

test("promise 2: a client that ignores its stop signal is ended after its grace, and the node still makes slot 0", async () => {
  const { answer, child } = begin(["watch", "--stack", on.name]);
  const { reset, chain } = await on.until("a switch", switched, PERIOD + 60);
  expect(reset.last?.nodeDownSeconds).toBeGreaterThan(60);
  expect(reset.last?.nodeDownSeconds).toBeLessThan(150);
  expect(reset.last?.switchedAt).toBeLessThan(chain?.genesisTime ?? 0);
  const { reset: done, validators } = await on.until("its first duties", counted, 200);
  expect(validators).toMatchObject({ configured: on.validators, active: on.validators });
  expect(done.last?.firstDutySlot).toBeLessThanOrEqual(2);
  await on.until("a settle", settled, 200);
  child.kill("SIGTERM");
  await answer;
  expect(await on.kept()).toEqual(before);
  await on.expectNoChanges("--refresh");
});

test("promise 2: a Docker Engine that is killed while the node is down comes back, and the next run finishes", async () => {
  // Its own image again: a switch that takes the whole grace leaves little of the time there is.
  const { executionImage: _, ...own } = on.config;
  on.node.configure(own);
  await on.up();
  await release();
  expect(await on.reset()).toMatchObject({ code: 0 });
  expect((await on.status()).release.staged).toMatch(new RegExp(`^${old.iteration + 1}-`));
  await sleep(Math.max(0, (old.nextResetTime + 1) * 1000 - Date.now()));
  const down = on.untilDown();
  const { answer } = begin(["reset", "--stack", on.name, "--now", "--json"]);
  const early = answer.then(({ stderr }) => Promise.reject(new Error(`the run ended before: ${stderr}`)));
  await Promise.race([down, early]);
  await engine.kill();
  expect((await answer).code).toBe(1);
  expect((await on.reset()).stderr).toContain("docs/troubleshooting.md");
  await engine.start();

  let { code, stderr } = await on.reset();
  for (let run = 2; code !== 0 && run <= 3; run++) ({ code, stderr } = await on.reset());
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const { chain } = await on.status();
  expect(chain?.iteration).toBe(old.iteration + 1);
  expect(Date.now() / 1000).toBeLessThan(chain?.genesisTime ?? 0);
  expect(await on.volumesOf(old.generation)).toHaveLength(5);
  const { validators } = await on.until("its first duties", counted, 300);
  expect(validators).toMatchObject({ configured: on.validators, active: on.validators });
  // Its own switch was under way when the engine was killed: a run that a timer started has to finish it.
  expect(await on.seedRunning()).toEqual(LAYERS);
  await on.until("a settle", settled, 200, async () => void (await on.reset()));
  expect(await on.kept()).toEqual(before);
  await on.expectNoChanges("--refresh");
});
