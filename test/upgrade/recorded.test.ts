// The state each release left on users' machines must be one that today's code has nothing to replace in:
// an update of this project restarts no node, and above all makes no key volume anew.
//
// `test/upgrade/record.ts` records a stack's state when a release is made.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { giveMnemonic, type OwnStack, ownStack } from "../support/ephemery";
import { type Place, place } from "../support/machine";
import { FOLDER, STACK } from "./recorded";

jest.setTimeout(300_000);

const RELEASES = readdirSync(FOLDER).flatMap((file) => /^(\d+\.\d+\.\d+)\.json$/.exec(file)?.[1] ?? []);

const recordedSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  state: z.looseObject({ deployment: z.looseObject({ resources: z.array(z.unknown()) }) }),
});
const previewSchema = z.object({
  steps: z.array(z.object({ op: z.string(), urn: z.string(), diffReasons: z.array(z.string()).nullish() })),
  changeSummary: z.record(z.string(), z.number()),
});

let where: Place;
let stack: OwnStack | undefined;

beforeEach(() => {
  where = place("upgrade");
});

afterEach(async () => {
  await stack?.forget();
  where.dispose();
});

test("there is a recorded state of a release", () => {
  expect(RELEASES).toContain("0.1.0");
});

test.each(RELEASES)("what %s deployed is kept as it is", async (release) => {
  const text = readFileSync(join(FOLDER, `${release}.json`), "utf8").replaceAll(STACK, where.name);
  const { config, state } = recordedSchema.parse(JSON.parse(text));
  stack = await ownStack(where.name, config);
  const mine = stack.stack;
  await giveMnemonic(mine);
  const imported = await mine.pulumi(["stack", "import", "--stack", where.name], {
    input: JSON.stringify(state),
  });
  if (!imported.ok) throw new Error(imported.all);
  const result = await mine.pulumi(["preview", "--json", "--stack", where.name, "--non-interactive"]);
  if (!result.ok) throw new Error(result.all);
  const { steps, changeSummary } = previewSchema.parse(JSON.parse(result.stdout));
  // The stack reads its own record each time.
  expect(steps.filter(({ op, urn }) => op !== "same" && !urn.endsWith("StackReference::self"))).toEqual([]);
  const kept = state.deployment.resources.length;
  expect(changeSummary.same).toBeGreaterThan(kept / 2);
});
