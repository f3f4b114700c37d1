// What every pulumi command of this project is run with. The other tests run the toolchain that set-up has made ready.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readyToolchain } from "../../../toolchain/install";
import { PLUGIN_VERSIONS, PULUMI_VERSION } from "../../../toolchain/recipes";
import { ownFolder } from "../../support/folder";

const cache = join(ownFolder("install"), "cache", "pulumi");

/** As the official installers leave it. */
beforeAll(() => {
  mkdirSync(join(cache, `official-${PULUMI_VERSION}`, "bin"), { recursive: true });
  mkdirSync(join(cache, "home-official"), { recursive: true });
  writeFileSync(join(cache, `official-${PULUMI_VERSION}`, "bin", "pulumi"), "");
  const { docker, random, command } = PLUGIN_VERSIONS;
  const marker = `pulumi ${PULUMI_VERSION}\ndocker ${docker}\nrandom ${random}\ncommand ${command}\n`;
  writeFileSync(join(cache, "home-official", "ephemery-plugins"), marker);
});
afterEach(() => {
  delete process.env.PULUMI_LOG_ROTATION_MAX_TOTAL_MB;
});

const rotation = async (): Promise<unknown> => {
  const { PULUMI_LOG_ROTATION_MAX_AGE_DAYS: days, PULUMI_LOG_ROTATION_MAX_TOTAL_MB: megabytes } =
    (await readyToolchain("official"))?.env ?? {};
  return { days, megabytes };
};

test("the CLI keeps a day of its own logs, and few: with each command it looks at all of them", async () => {
  expect(await rotation()).toEqual({ days: "1", megabytes: "10" });
});

test("who wants more of them says so in the environment", async () => {
  process.env.PULUMI_LOG_ROTATION_MAX_TOTAL_MB = "200";
  expect(await rotation()).toEqual({ days: "1", megabytes: "200" });
});

test("it has a home and a PATH of its own, and asks nobody for updates", async () => {
  const { env, pulumi } = (await readyToolchain("official")) ?? { env: {} };
  expect(pulumi).toBe(join(cache, `official-${PULUMI_VERSION}`, "bin", "pulumi"));
  expect(env).toMatchObject({
    PULUMI_HOME: join(cache, "home-official"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PATH: expect.stringMatching(`^${join(cache, `official-${PULUMI_VERSION}`, "bin")}:`),
  });
  expect(env).not.toHaveProperty("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
});
