// A rehearsal whose start is cut off, as by a crash of the machine, and started again.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LAYERS } from "../../clients/spec";
import { seedStackName } from "../../rehearsal/topology";
import { ROOT } from "../../toolchain/paths";
import { ephemery, freePort, succeed } from "../support/ephemery";
import { killedWhen } from "../support/killed";
import { freeSubnet, objectsWith, type Place, place, sweep } from "../support/machine";

jest.setTimeout(600_000);

let where: Place;
let start: readonly string[];
const seed = (): string => `ephemery.stack=${seedStackName(where.name)}`;
const config = (): Promise<string> =>
  readFile(join(ROOT, `Pulumi.${seedStackName(where.name)}.yaml`), "utf8").catch(() => "");

beforeAll(async () => {
  where = place("begun");
  const at = ["--port", `${await freePort()}`, "--subnet", await freeSubnet()];
  start = ["rehearse", "start", "--name", where.name, "--profile", "electra-fast", ...at];
});

afterAll(async () => {
  await ephemery(["rehearse", "stop", "--name", where.name]);
  await sweep(seed());
  await sweep(`ephemery.rehearsal=${where.name}`);
  where.dispose();
});

test.each<[string, () => Promise<boolean>]>([
  ["its seed's stack has no mnemonic yet", async () => (await config()).includes("validatorCount")],
  ["its seed's clients are being made", async () => (await objectsWith(seed())).containers.length > 0],
])("it is cut off when %s", async (_, come) => {
  await killedWhen(start, come);
});

test("promise 2: the next start finishes it, without a person", async () => {
  await succeed(start);
  expect((await objectsWith(seed())).containers).toHaveLength(LAYERS.length);
  expect(await config()).toMatch(/ephemery:mnemonic:\s+secure:/);
  // Nothing is left to do.
  await succeed(start);
});

test("promise 8: an end of it that is cut off is finished by the next one, which leaves nothing", async () => {
  const stop = ["rehearse", "stop", "--name", where.name];
  await killedWhen(stop, async () => (await objectsWith(seed())).containers.length < LAYERS.length);
  await succeed(stop);
  expect(await objectsWith(seed())).toEqual({ containers: [], networks: [], volumes: [] });
  expect(await objectsWith(`ephemery.rehearsal=${where.name}`)).toEqual({ containers: [], networks: [], volumes: [] });
  expect(await config()).toBe("");
});
