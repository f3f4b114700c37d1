// Promise 2 for the state itself: what a run leaves in a backend of files when it is killed stops no later one.

import { statSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { ephemery, type OwnStack, ownStack } from "../support/ephemery";
import { type Place, place } from "../support/machine";

let where: Place;
let stack: OwnStack;

beforeAll(async () => {
  where = place("state");
  const clients = { beaconClient: "prysm", validatorClient: "prysm" };
  stack = await ownStack(where.name, { network: "rehearsal", p2pNetwork: "somewhere", ...clients });
});

afterAll(async () => {
  await stack?.forget();
  where.dispose();
});

/** Of what each command of the engine reads; histories and backups have some too. */
const attributes = (): string[] =>
  ["meta.yaml", join("stacks", "ephemery", `${where.name}.json`)].map((name) =>
    join(where.folder, ".pulumi", `${name}.attrs`),
  );

/** As a run leaves it that was killed a while ago, between the making and the writing of the file. */
function empty(path: string): void {
  truncateSync(path);
  const then = new Date(Date.now() - 10_000);
  utimesSync(path, then, then);
}

describe("promise 2: an update that was cut off leaves nothing that a later one stops at", () => {
  test("an empty file of attributes, of the stack's state and of the backend: the engine says EOF, the command goes on", async () => {
    for (const path of attributes()) {
      empty(path);
      const plain = await stack.stack.pulumi(["stack", "ls", "--non-interactive"]);
      expect(plain.all).toMatch(/\bEOF\b/);
      const { stdout, stderr } = await ephemery(["status", "--stack", where.name, "--json"]);
      expect({ path, said: stdout + stderr }).toEqual({ path, said: expect.not.stringMatching(/\bEOF\b/) });
      expect(JSON.parse(stdout)).toMatchObject({ stack: where.name });
      expect(statSync(path, { throwIfNoEntry: false })?.size).not.toBe(0);
    }
  });
});
