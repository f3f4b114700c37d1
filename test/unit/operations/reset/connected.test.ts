// Whether a validator client is connected, from what the kernel has of its connections.

import { hasConnection } from "../../../../operations/reset/connected";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const row = (local: string, remote: string, state: string): string =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 65534        0 4026531 1 0000000000000000 20 4 30 10 -1\n`;
/** 172.20.0.4:40000 to 172.20.0.3:3500. */
const [LOCAL, BEACON] = ["040014AC:9C40", "030014AC:0DAC"];
const V6 = "0000000000000000FFFF0000030014AC:0DAC";

test.each<[string, string, boolean]>([
  ["there", row(LOCAL, BEACON, "01"), true],
  ["there, as a dual-stack client has it", row("0000000000000000FFFF0000040014AC:9C40", V6, "01"), true],
  ["closed within the last minute", row(LOCAL, BEACON, "06"), true],
  ["closed by the other side", row(LOCAL, BEACON, "08"), true],
  ["asked for, and not answered", row(LOCAL, BEACON, "02"), false],
  ["one of somebody who asks this port here", row("0100007F:0DAC", "0100007F:9C40", "01"), false],
  ["to another port", row(LOCAL, "030014AC:2383", "01"), false],
  ["not there: it only listens", row("00000000:1F92", "00000000:0000", "0A"), false],
  ["not there at all", "", false],
])("a connection that is %s", (_, rows, connected) => {
  expect(hasConnection(HEAD + rows + HEAD, new Set([3500]))).toBe(connected);
});
