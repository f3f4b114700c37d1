// An engine's events, as its command line prints them.

import { readEvent } from "../../../../operations/host/client-events";

const line = (action: string, role: string, time: number): string =>
  JSON.stringify({
    Type: "container",
    Action: action,
    Actor: { ID: "0123", Attributes: { "ephemery.role": role, name: `ephemery-${role}` } },
    timeNano: time * 1e9,
  });

test("an event of a client says what happened to which container, and when", () => {
  expect(readEvent(line("die", "beacon", 1.5))).toEqual({
    action: "die",
    role: "beacon",
    container: "ephemery-beacon",
    time: 1.5,
  });
});

test.each([
  ["of a job", line("die", "job", 1)],
  ["of a probe", line("start", "probe", 1)],
  ["of something that is none of ours", '{"Action":"die","timeNano":1,"Actor":{"Attributes":{"name":"x"}}}'],
  ["that was cut off", '{"Action":"di'],
])("an event %s is passed over", (_, text) => {
  expect(readEvent(text)).toBeUndefined();
});
