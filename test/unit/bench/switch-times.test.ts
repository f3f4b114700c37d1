// What a switch took, from the events of an engine.

import { switchesOf, switchTimes } from "../../../bench/switch-times";
import type { Layer } from "../../../clients/spec";
import type { Seen } from "../../../operations/host/client-events";

const HEALTHY = "health_status: healthy";
const at = (time: number, role: Layer, action: string): Seen => ({ time, role, action, container: role });

/** A switch from a time: each client takes its seconds to stop and to start, with a second of somebody else's between. */
function aSwitch(from: number): Seen[] {
  return [
    at(from, "validator", "kill"),
    at(from + 1, "validator", "die"),
    at(from + 2, "beacon", "kill"),
    at(from + 4, "beacon", "die"),
    at(from + 5, "execution", "kill"),
    at(from + 8, "execution", "die"),
    at(from + 9, "execution", "start"),
    at(from + 11, "execution", HEALTHY),
    at(from + 12, "beacon", "start"),
    at(from + 16, "beacon", HEALTHY),
    at(from + 17, "validator", "start"),
    at(from + 19, "validator", HEALTHY),
  ];
}

test("the node is down from the first stop to the last client that is ready; the clients' own part is told apart", () => {
  expect(switchTimes(aSwitch(100))).toEqual({ down: 19, ready: 119, own: 1 + 2 + 3 + 2 + 4 + 2 });
});

test("what happens to a client after the validator client is ready is no part of the switch", () => {
  const again = [at(130, "beacon", "kill"), at(131, "beacon", "start"), at(135, "beacon", HEALTHY)];
  expect(switchTimes([...aSwitch(100), ...again])).toEqual(switchTimes(aSwitch(100)));
});

test("a client that never was ready has no time", () => {
  expect(switchTimes(aSwitch(100).slice(0, -1))).toBeUndefined();
});

test("each switch is taken by itself, also where a client had to be told twice", () => {
  const stubborn = [at(199, "validator", "kill"), ...aSwitch(200)];
  const first = [at(0, "validator", "start"), at(2, "validator", HEALTHY), ...aSwitch(100)];
  const switches = switchesOf([...first, ...stubborn]);
  expect(switches.map((events) => events[0]?.time)).toEqual([100, 199]);
  expect(switches.map((events) => switchTimes(events)?.down)).toEqual([19, 20]);
});
