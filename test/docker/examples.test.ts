// Every example, previewed by the real engine as a stack of its own: what it would make, and nothing is made.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { layersOf } from "../../clients/node";
import { loadStackFile } from "../../operations/stack-file";
import { ROOT } from "../../toolchain/paths";
import { FULU_166 } from "../support/bundles";
import { ephemery, type OwnStack, ownStack } from "../support/ephemery";
import { objectsWith, type Place, place } from "../support/machine";
import { FEE_RECIPIENT } from "../support/node";
import { releaseSite, type Site } from "../support/release-site";

jest.setTimeout(120_000);

const FOLDER = join(ROOT, "examples");
const EXAMPLES = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
const fileSchema = z.strictObject({ config: z.record(z.string(), z.unknown()) });
/** The second day of the bundle's chain. */
const DAY_TWO = 1_795_114_800 + 86_400;

let where: Place;
let stack: OwnStack;
let site: Site;

beforeAll(async () => {
  where = place("example");
  site = await releaseSite();
  site.publish("ephemery-166", [
    ["network-config.tar.gz", FULU_166.standard],
    ["testnet-all.tar.gz", FULU_166.legacy],
  ]);
  stack = await ownStack(where.name, { feeRecipient: FEE_RECIPIENT });
});
afterAll(async () => {
  await site.close();
  await stack?.forget();
  where.dispose();
});

test.each(EXAMPLES)("%s: a container for each of its layers, and every setting is taken", async (file) => {
  const { config } = fileSchema.parse(parse(readFileSync(join(FOLDER, file), "utf8")));
  const plain = Object.entries(config).map(([key, value]) => [key.replace(/^ephemery:/, ""), value] as const);
  stack.configure({
    ...Object.fromEntries(plain),
    releaseSources: [site.source],
    // Nothing is reached by ssh here, and the resets of nothing are scheduled.
    dockerHost: "unix:///var/run/docker.sock",
    hostName: "local",
    resetSchedule: "none",
    resetScheduleOn: "runner",
  });
  if ("ephemery:executionEndpoint" in config)
    await stack.stack.setSecret("ephemery:executionJwtSecret", "ab".repeat(32));
  const answer = await ephemery(["preview", "--stack", where.name], { EPHEMERY_RUN_TIME: String(DAY_TWO) });
  const settings = await loadStackFile(where.name);
  await stack.stack.pulumi(["config", "rm", "ephemery:executionJwtSecret", "--stack", where.name]);
  expect(answer).toMatchObject({ code: 0, stderr: expect.not.stringContaining("rror") });
  const containers = [
    ...answer.stdout.matchAll(
      /docker:index:Container +local-(\w+) +create|docker:index\/container:Container +\S+-(\w+) +create/g,
    ),
  ];
  expect(containers.map(([, one, other]) => one ?? other).sort()).toEqual([...layersOf(settings)].sort());
  expect(await objectsWith(`ephemery.stack=${where.name}`)).toEqual({ containers: [], networks: [], volumes: [] });
});
