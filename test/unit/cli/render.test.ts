// The status as a person reads it.

import { renderStatus } from "../../../cli/status";
import type { StatusReport } from "../../../operations/status/report";
import { CHAIN } from "../../support/node";

const now = CHAIN.genesisTime + 100 * 12;
const report: StatusReport = {
  stack: "mynode",
  healthy: true,
  chain: {
    network: "ephemery",
    iteration: 166,
    chainId: 39_438_166,
    generation: CHAIN.generation,
    genesisValidatorsRoot: CHAIN.genesisValidatorsRoot,
    genesisTime: CHAIN.genesisTime,
    nextResetTime: CHAIN.executionGenesisTime + CHAIN.period,
    slot: 100,
    epoch: 3,
    clockOffset: 0,
  },
  execution: {
    client: "geth",
    version: "Geth/v1.16.7",
    block: 99,
    syncing: false,
    peers: { in: null, out: null, total: 1 },
  },
  beacon: {
    client: "prysm",
    version: "Prysm/v7.1.2",
    headSlot: 100,
    finalizedEpoch: 1,
    syncing: false,
    optimistic: false,
    peers: { in: 2, out: 3, total: 5 },
    enr: null,
  },
  validators: {
    configured: 4,
    active: 3,
    pending: 1,
    attested: 11,
    missed: 1,
    proposed: 2,
    missedProposals: 0,
    countedFrom: 0,
    countedThrough: 1,
    uncounted: null,
  },
  release: { seen: "ephemery-166", verified: "ephemery-166", staged: null },
  reset: { state: "running", last: null },
  schedule: { runner: "systemd", on: "runner", installed: true, nextLook: now + 3600, failures: 0 },
  problem: null,
};

/** Lines with their columns one blank apart. */
const lines = (change: Partial<StatusReport>, at = now): string[] =>
  renderStatus({ ...report, ...change }, at)
    .split("\n")
    .map((line) => line.trim().replaceAll(/ +/g, " "));

test("of a node that is well", () => {
  expect(lines({})).toEqual([
    "mynode: healthy",
    "chain ephemery 166 slot 100, epoch 3; next reset in 27d 23h, 2026-12-17 19:00:00 UTC",
    "execution geth block 99, 1 peer, Geth/v1.16.7",
    "beacon prysm head 100, final epoch 1, 5 peers (2 in, 3 out), Prysm/v7.1.2",
    "validators 3 of 4 active, 1 pending attested 11, missed 1; blocks 2, missed 0",
    "resets systemd on this machine; next look 2026-11-19 20:30:00 UTC",
  ]);
});

test("why duties are not counted", () => {
  const counts = { attested: null, missed: null, uncounted: "GET /eth/v1/… answered 501" };
  expect(lines({ validators: { ...report.validators, ...counts } })[4]).toBe(
    "validators 3 of 4 active, 1 pending duties not counted: GET /eth/v1/… answered 501",
  );
});

test("since when duties are counted, where that is not genesis", () => {
  expect(lines({ validators: { ...report.validators, countedFrom: 12 } })[4]).toBe(
    "validators 3 of 4 active, 1 pending attested 11, missed 1; blocks 2, missed 0; since epoch 12",
  );
});

test.each<[string, Partial<NonNullable<StatusReport["schedule"]>>, string]>([
  [
    "that there is none, and what does its work",
    { runner: "none", installed: false, nextLook: null },
    "no schedule `bin/ephemery watch --stack mynode` runs them",
  ],
  [
    "that there is none, and what whoever looks in its place has found",
    { runner: "none", installed: false, nextLook: now - 30, failures: 1 },
    "no schedule `bin/ephemery watch --stack mynode` runs them; next look is due; 1 run has failed in a row",
  ],
  [
    "that it is not on this machine",
    { runner: "cron", installed: false, nextLook: null },
    "cron not at work on this machine; unless another one has it, `bin/ephemery repair --stack mynode` puts it back, or `bin/ephemery watch --stack mynode` runs them",
  ],
  [
    "that nobody knows whether it is on this machine",
    { installed: null, failures: 1 },
    "systemd by the stack's state; systemd could not be asked on this machine; next look 2026-11-19 20:30:00 UTC; 1 run has failed in a row",
  ],
  [
    "that it is on the host",
    { on: "host", installed: null, nextLook: null, failures: null },
    "systemd on the host, by the stack's state",
  ],
  [
    "on the host that it is there, and that its runs fail",
    { runner: "cron", on: "host", nextLook: null, failures: 3 },
    "cron on this host; 3 runs have failed in a row",
  ],
])("of the schedule, %s", (_, change, line) => {
  const { schedule } = report;
  expect(lines({ schedule: schedule && { ...schedule, ...change } }).at(-1)).toBe(`resets ${line}`);
});

test("columns stand below each other, without blanks at the ends of lines", () => {
  const [, ...rows] = renderStatus(report, now).split("\n");
  const [column] = rows.map((row) => /^ {2}\S+ +/.exec(row)?.[0].length);
  for (const row of rows) expect(row.slice((column ?? 0) - 2, column)).toMatch(/^ {2}$/);
  for (const row of rows) expect(row).toBe(row.trimEnd());
});

test("promise 9: of a node that is not, what is wrong, what to do and where there is more comes last", () => {
  const problem = { code: "syncing", text: "The beacon node is syncing.", remedy: "Wait." };
  const shown = lines({ healthy: false, problem });
  expect(shown[0]).toBe("mynode: not healthy");
  expect(shown.slice(-4)).toEqual([
    "",
    "The beacon node is syncing.",
    "Wait.",
    "More: docs/troubleshooting.md#syncing",
  ]);
});

test("of an execution client that somebody else runs there is nothing to see", () => {
  const { execution } = report;
  expect(lines({ execution: execution && { ...execution, client: "external", block: null, version: null } })[2]).toBe(
    "execution external somebody else's; the beacon node's problem tells when it can't be reached",
  );
});

test("before slot 0, how long it takes until then", () => {
  const { chain } = report;
  expect(lines({ chain: chain && { ...chain, slot: -5, epoch: -1 } }, CHAIN.genesisTime - 60)[1]).toContain(
    "slot 0 in 1m; next reset",
  );
});

test("what is not known is a question mark, what does not exist is left out", () => {
  const peers = { in: null, out: null, total: null };
  const shown = lines({
    execution: { client: "geth", version: null, block: null, syncing: null, peers },
    beacon: {
      client: "prysm",
      version: null,
      headSlot: 7,
      finalizedEpoch: null,
      syncing: true,
      optimistic: true,
      peers,
      enr: null,
    },
    validators: {
      configured: 4,
      active: null,
      pending: null,
      attested: null,
      missed: null,
      proposed: null,
      missedProposals: null,
      countedFrom: null,
      countedThrough: null,
      uncounted: null,
    },
    schedule: null,
  });
  expect(shown.slice(2)).toEqual([
    "execution geth block ?, ? peers, ?",
    "beacon prysm head 7, final epoch ?, syncing, optimistic, ? peers, ?",
    "validators ? of 4 active attested ?, missed ?; blocks ?, missed ?",
  ]);
  const validatorsWith = (configured: number | null): string[] =>
    lines({ execution: null, beacon: null, schedule: null, validators: { ...report.validators, configured } }).slice(2);
  expect(validatorsWith(0)).toEqual(["validators none"]);
  expect(validatorsWith(null)).toEqual(["validators not looked at"]);
});
