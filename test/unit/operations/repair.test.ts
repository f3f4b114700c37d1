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
type Some = readonly ({ id: string } | undefined)[];
const ids = (of: Some) => new Set(of.flatMap((each) => each?.id ?? []));
/** What the host has of them, and what is well of that. */
const host = (there: Some, well: Some) => ({ there: ids(there), well: ids(well) });

test.each([
  ["nothing, where all are well", clients, host(clients, clients), []],
  ["a client that is not", clients, host(clients, [execution, beacon]), [validator]],
  ["an ill beacon node, and what was decided", clients, host(clients, [execution, validator]), [beacon, decisions]],
  ["what was decided, where a beacon node was never well", [execution], host([execution], [execution]), [decisions]],
  ["no client that is gone: the refresh sees to it", clients, host([execution, beacon], [execution, beacon]), []],
  ["what was decided, where the beacon node is gone", clients, host([execution], [execution]), [decisions]],
])("%s", (_, present, containers, anew) => {
  const resources = [decisions, timer, ...present.flatMap((each) => each ?? [])];
  expect(toMakeAnew({ resources }, containers, false).sort()).toEqual(anew.map((each) => each?.urn).sort());
});

test("a schedule that is gone, and nothing that is well", () => {
  const resources = [decisions, timer, ...clients];
  expect(toMakeAnew({ resources }, host(clients, clients), true)).toEqual([timer.urn]);
});
