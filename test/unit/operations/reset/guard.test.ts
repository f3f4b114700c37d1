// What a run without a person may do, step by step of a preview.

import type { Plan } from "../../../../chain/plan";
import { type Change, edited, heldBack, remains, describe as words } from "../../../../operations/reset/guard";
import { chainOf } from "../../../support/node";

const [C165, C166, C167] = [chainOf(165), chainOf(166), chainOf(167)];

const urn = (type: string, name: string): string =>
  `urn:pulumi:test::ephemery::ephemery:index:EphemeryNode$${type}::${name}`;
const command = (name: string): string => urn("command:local:Command", name);
const container = (layer: string): string => urn("docker:index/container:Container", `local-${layer}`);
const volume = (name: string): string => urn("docker:index/volume:Volume", name);
const GATE = urn("random:index/randomId:RandomId", "local-gate");
const of = ({ generation }: { generation: string }, what: string): string => `local-${generation}-${what}`;

const STAGE: [Plan, Plan] = [{ active: C166, next: C167 }, { active: C166 }];
const SWITCH: [Plan, Plan] = [
  { active: C167, previous: C166 },
  { active: C166, next: C167 },
];
const REBUILT: [Plan, Plan] = [
  { active: C166, next: { ...C167, release: { ...C167.release, sha256: "f".repeat(64) } } },
  { active: C166, next: C167 },
];
const SETTLE: [Plan, Plan] = [
  { active: C167, settled: true },
  { active: C167, previous: C166 },
];

test.each<[string, [Plan, Plan], Change]>([
  ["a stage makes a volume", STAGE, { op: "create", urn: volume(of(C167, "execution-chain")) }],
  ["a stage runs a job", STAGE, { op: "create", urn: command(of(C167, "execution-init")) }],
  [
    "a stage pulls an image",
    STAGE,
    { op: "create", urn: urn("docker:index/remoteImage:RemoteImage", "local-image-beacon") },
  ],
  ["a rebuilt release is delivered anew", REBUILT, { op: "update", urn: command(of(C167, "genesis-files")) }],
  ["also with the switch to it", SWITCH, { op: "update", urn: command(of(C167, "genesis-files")) }],
  ["a stage forgets another one", STAGE, { op: "delete", urn: volume(of(C165, "jwt")) }],
  ["anything may stay as it is", STAGE, { op: "same", urn: volume("local-keys") }],
  ["anything may be looked at", STAGE, { op: "read", urn: urn("pulumi:pulumi:StackReference", "self") }],
  ["a switch replaces a client", SWITCH, { op: "replace", urn: container("validator") }],
  ["a switch deletes a client it replaces", SWITCH, { op: "delete-replaced", urn: container("execution") }],
  ["a switch waits for a client anew", SWITCH, { op: "replace", urn: command("local-validator-healthy") }],
  ["a wait that was cut off is begun anew", SWITCH, { op: "create", urn: command("local-beacon-healthy") }],
  ["a switch replaces the gate", SWITCH, { op: "create-replacement", urn: GATE }],
  ["a switch decides for the new chain", SWITCH, { op: "create", urn: command(of(C167, "decisions")) }],
  ["a switch forgets the old chain's jobs", SWITCH, { op: "delete", urn: command(of(C166, "decisions")) }],
  ["a settle lets the new chain prove itself", SETTLE, { op: "create", urn: command(of(C167, "proof")) }],
  ["a settle removes the old chain's data", SETTLE, { op: "delete", urn: volume(of(C166, "execution-chain")) }],
])("%s", (_, [plan, record], change) => {
  expect(heldBack([change], plan, record, "local")).toEqual([]);
});

test.each<[string, [Plan, Plan], Change]>([
  ["promise 2: a stage stops nothing", STAGE, { op: "replace", urn: container("validator") }],
  ["a stage waits for no client", STAGE, { op: "replace", urn: command("local-validator-healthy") }],
  ["nobody stops waiting for a client", SWITCH, { op: "delete", urn: command("local-beacon-healthy") }],
  ["a stage does not touch the gate", STAGE, { op: "replace", urn: GATE }],
  ["a stage removes nothing of the chain that runs", STAGE, { op: "delete", urn: volume(of(C166, "beacon-chain")) }],
  ["a stage runs no job of it anew", STAGE, { op: "replace", urn: command(of(C166, "genesis-files")) }],
  ["a rebuilt release changes no job of the chain that runs", REBUILT, { op: "update", urn: command(of(C166, "jwt")) }],
  ["nor a volume that is filled", REBUILT, { op: "update", urn: volume(of(C167, "genesis")) }],
  ["a stage updates nothing", STAGE, { op: "update", urn: container("beacon") }],
  [
    "promise 2: a switch keeps the data of the chain it leaves",
    SWITCH,
    { op: "delete", urn: volume(of(C166, "beacon-chain")) },
  ],
  ["a switch does not replace what is staged", SWITCH, { op: "replace", urn: volume(of(C167, "execution-chain")) }],
  ["a switch takes no client away", SWITCH, { op: "delete", urn: container("validator") }],
  ["a settle replaces no client", SETTLE, { op: "replace", urn: container("execution") }],
  ["a settle removes nothing of the chain that runs", SETTLE, { op: "delete", urn: volume(of(C167, "jwt")) }],
  ["promise 5: nothing removes the keys", SETTLE, { op: "delete", urn: volume("local-keys") }],
  ["promise 5: nothing replaces the identity", SWITCH, { op: "replace", urn: volume("local-identity") }],
  ["promise 5: nothing delivers other keys", SWITCH, { op: "replace", urn: command("local-keystores") }],
  ["no network goes", SETTLE, { op: "delete", urn: urn("docker:index/network:Network", "local-api") }],
  [
    "nothing new comes that belongs to no chain",
    SWITCH,
    { op: "create", urn: urn("docker:index/network:Network", "local-new") },
  ],
  ["an operation nobody knows is none of a reset's", SWITCH, { op: "import", urn: container("beacon") }],
])("%s: it is held back", (_, [plan, record], change) => {
  expect(heldBack([change], plan, record, "local")).toEqual([change]);
});

describe("a host whose own name looks like a generation's", () => {
  const HOST = "rack-3-20240101";
  const its = (name: string): string => volume(`${HOST}-${name}`);

  test("a stage on it is a stage", () => {
    const [plan, record] = STAGE;
    const change = { op: "create", urn: its(`${C167.generation}-execution-chain`) };
    expect(heldBack([change], plan, record, HOST)).toEqual([]);
  });

  test.each(["keys", "identity"])("promise 5: its %s belong to no chain, and do not go with one", (name) => {
    const [plan, record] = SETTLE;
    const change = { op: "delete", urn: its(name) };
    expect(heldBack([change], plan, record, HOST)).toEqual([change]);
  });

  test("of a chain that is gone its data remains, and nothing else", () => {
    const old = { urn: its(`${C166.generation}-jwt`) };
    const resources = [old, { urn: its("keys") }, { urn: its(`${C167.generation}-jwt`) }];
    expect(remains(resources, { active: C167 }, HOST)).toEqual([old]);
  });
});

test("a change is told as what would happen to what", () => {
  expect(words({ op: "delete", urn: volume("local-keys") })).toBe("delete docker:index/volume:Volume local-keys");
});

describe("what somebody has edited shows in a preview as of a moment before the chain's end", () => {
  const replaced = (layer: string): Change[] =>
    ["delete-replaced", "replace", "create-replacement"].map((op) => ({ op, urn: container(layer) }));
  const STAYS: Change = { op: "same", urn: GATE };

  test.each<[string, Change[], Change[]]>([
    ["nothing, where nobody has", [STAYS, { op: "same", urn: container("beacon") }], []],
    [
      "a client that would be another one",
      [STAYS, ...replaced("beacon")],
      [{ op: "delete-replaced", urn: container("beacon") }],
    ],
    [
      "a client that would be changed in its place",
      [{ op: "update", urn: container("validator") }],
      [{ op: "update", urn: container("validator") }],
    ],
    [
      "a client that would go",
      [{ op: "delete", urn: container("validator") }],
      [{ op: "delete", urn: container("validator") }],
    ],
    ["not what is staged", [{ op: "create", urn: volume(of(C167, "execution-chain")) }], []],
    ["not what is settled", [{ op: "delete", urn: volume(of(C165, "execution-chain")) }], []],
  ])("%s", (_, changes, found) => {
    expect(edited(changes)).toEqual(found);
  });

  test("promise 2: a switch that was cut off goes on: what it took away and has not made anew is no edit", () => {
    // The engine deletes what is pending replacement no second time (step_generator.go).
    const gone = ["replace", "create-replacement"].map((op) => ({ op, urn: container("validator") }));
    expect(edited([STAYS, ...gone, { op: "create", urn: container("beacon") }])).toEqual([]);
    const begun = { op: "delete-replaced", urn: GATE };
    expect(edited([begun, ...replaced("execution")])).toEqual([]);
  });
});
