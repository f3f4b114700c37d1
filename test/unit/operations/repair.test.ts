// What repair makes anew: clients that are not well, a generation's decisions where no beacon node is, a lost schedule.

import { toMakeAnew } from "../../../operations/repair";

const urn = (type: string, name: string): string =>
  `urn:pulumi:dev::ephemery::ephemery:index:EphemeryNode$${type}::${name}`;
const resource = (type: string, name: string) => ({ type, urn: urn(type, name), id: `id of ${name}` });
const client = (layer: string) => resource("docker:index/container:Container", `node-166-0badcafe-${layer}`);

const decisions = resource("command:local:Command", "node-166-0badcafe-decisions");
const timer = resource("command:local:Command", "node-reset-timer");
const [execution, beacon, validator] = ["execution", "beacon", "validator"].map(client);
const clients = [execution, beacon, validator].flatMap((each) => each ?? []);
const well = (...of: readonly ({ id: string } | undefined)[]) => new Set(of.flatMap((each) => each?.id ?? []));

test.each([
  ["nothing, where all are well", clients, well(...clients), []],
  ["a client that is not", clients, well(execution, beacon), [validator]],
  ["an ill beacon node, and what was decided", clients, well(execution, validator), [beacon, decisions]],
  ["what was decided, where a beacon node was never well", [...clients.slice(0, 1)], well(execution), [decisions]],
])("%s", (_, present, healthy, anew) => {
  const resources = [decisions, timer, ...present];
  expect(toMakeAnew({ resources }, healthy, false).sort()).toEqual(anew.map((each) => each?.urn).sort());
});

test("a schedule that is gone, and nothing that is well", () => {
  const resources = [decisions, timer, ...clients];
  expect(toMakeAnew({ resources }, well(...clients), true)).toEqual([timer.urn]);
});
