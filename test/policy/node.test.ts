// The node that the program makes, in every shape a configuration gives it, against all rules at once.

import { createHash } from "node:crypto";
import { layersOf } from "../../clients/node";
import type { Resource } from "../../policies/rule";
import { rules, stackRules } from "../../policies/rules";
import { allowedBy } from "../../policies/rules/exposure";
import { answers, mockedNode } from "../support/mocked-node";
import type { Answers, Registered } from "../support/mocks";
import { EXTERNAL_BEACON, EXTERNAL_EXECUTION, REHEARSAL, settingsOf, VALIDATORS } from "../support/node";

jest.setTimeout(60_000);

/** Images with ids as Docker gives them. */
const withIds: Answers = (resource) =>
  resource.type === "docker:index/remoteImage:RemoteImage"
    ? { imageId: `sha256:${createHash("sha256").update(String(resource.inputs.name)).digest("hex")}` }
    : answers(resource);

const asSeen = ({
  type,
  name,
  inputs,
  provider,
  deleteBeforeReplace,
  ignoreChanges,
  protect,
}: Registered): Resource => ({
  type,
  name,
  props: inputs,
  options: { deleteBeforeReplace, ignoreChanges, protect },
  provider: provider === "" ? undefined : provider,
});

const resourcesOf = async (config: Readonly<Record<string, string>>): Promise<Resource[]> =>
  (await mockedNode(config, { answers: withIds })).resources.map(asSeen);

/** `rule: resource` for everything that is broken. */
function broken(resources: readonly Resource[], config: Readonly<Record<string, string>>): string[] {
  const all = rules(allowedBy(settingsOf(config)));
  const one = resources.flatMap((resource) =>
    all
      .filter((rule) => rule.appliesTo(resource.type) && rule.violations(resource).length > 0)
      .map(({ name }) => `${name}: ${resource.name}`),
  );
  return [...one, ...stackRules.filter((rule) => rule.violations(resources).length > 0).map(({ name }) => name)];
}

const PINNED = "registry.example/client:v1@sha256:";
const EXPOSED = { exposeRpc: "0.0.0.0:18545", exposeWebSocket: "127.0.0.1:8546", exposeBeaconApi: "192.0.2.7:5052" };

test.each<[string, Readonly<Record<string, string>>]>([
  ["on the public network", {}],
  ["with validators", VALIDATORS],
  ["with validators of Prysm", { ...VALIDATORS, beaconClient: "prysm", validatorClient: "prysm" }],
  ["on a rehearsal", { ...REHEARSAL, ...VALIDATORS, images: "official" }],
  [
    "with validators inside of its beacon node",
    { ...VALIDATORS, beaconClient: "grandine", validatorClient: "grandine" },
  ],
  ["with an execution client of others", { ...VALIDATORS, ...EXTERNAL_EXECUTION }],
  ["with beacon nodes of others alone", { ...VALIDATORS, ...EXTERNAL_BEACON }],
  ["with everything published that can be", { ...VALIDATORS, ...EXPOSED }],
  ["with ports of its own", { executionP2pPort: "31303", beaconP2pPort: "9100", beaconQuicPort: "9101" }],
  [
    "with images and limits of its own",
    { executionImage: `${PINNED}${"a".repeat(64)}`, beaconMemory: "700", metrics: "false" },
  ],
])("promises 4, 5, 6, 7, 8: a node %s breaks no rule", async (_, config) => {
  const resources = await resourcesOf(config);
  const containers = resources.filter(({ type }) => type === "docker:index/container:Container");
  expect(containers).toHaveLength(layersOf(settingsOf(config)).length);
  expect(broken(resources, config)).toEqual([]);
});

test("promise 7: what is published without a setting that says so is seen", async () => {
  const resources = await resourcesOf({ ...VALIDATORS, ...EXPOSED });
  expect(broken(resources, VALIDATORS)).toEqual([
    "only-p2p-ports-answer: local-execution",
    "only-p2p-ports-answer: local-beacon",
  ]);
});

test("promise 6: arguments of a user's own are judged as well", async () => {
  const config = {
    executionExtraArgs: '["--nodekeyhex=b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291"]',
  };
  expect(broken(await resourcesOf(config), config)).toEqual(["no-secret-in-inputs: local-execution"]);
});
