// The probes, run by the shells they are written for against servers that answer as clients do.

import { httpAnswers, rpcAnswers, rpcAnswersBy } from "../../../clients/healthcheck";
import { type Answer, serve } from "../../support/http";
import { BUSYBOX, outcome, testWith } from "../../support/shell";

const ROOT = `0x${"ab".repeat(32)}`;
const GENESIS = "/eth/v1/beacon/genesis";

/** Exit code of a probe in Docker's form, with `answer` on the port. */
async function probe(test: (port: number) => readonly string[], answer: Answer) {
  const server = await serve(() => answer);
  try {
    const [kind, ...rest] = test(server.port);
    const [file = "", ...args] = kind === "CMD-SHELL" ? [...BUSYBOX, "-c", ...rest] : rest;
    return { ...(await outcome(file, args)), asked: server.asked };
  } finally {
    await server.close();
  }
}

const beaconApi = (port: number): readonly string[] => httpAnswers("bash", port, GENESIS, ROOT);
const genesis = (root: string): object => ({ data: { genesis_time: "0", genesis_validators_root: root } });

test.each([
  ["the root is in the answer", { body: genesis(ROOT) }, 0],
  ["the root is on a later line of a long answer", { body: `${"x\n".repeat(500)}${ROOT}\n${"y\n".repeat(500)}` }, 0],
  ["the last line has the root and no end", { body: `first\n${ROOT}` }, 0],
  ["the answer is of another chain", { body: genesis(`0x${"cd".repeat(32)}`) }, 1],
  ["the answer is empty", { body: "" }, 1],
  ["the node is not ready", { status: 503, body: { message: "syncing" } }, 1],
  ["the connection is cut", { cut: true }, 1],
] satisfies [string, Answer, number][])("a Beacon API is healthy or not: %s", async (_, answer, code) => {
  const result = await probe(beaconApi, answer);
  expect(result).toMatchObject({ code, stdout: "", asked: [{ method: "GET", url: GENESIS }] });
});

test("a probe fails where nothing listens", async () => {
  const server = await serve(() => ({}));
  await server.close();
  const [, ...command] = beaconApi(server.port);
  const [file = "", ...args] = command;
  expect((await outcome(file, args)).code).not.toBe(0);
});

test("the status line is part of the answer, in the version that was asked with", async () => {
  // The servers of Go, as Prysm's, answer HTTP/1.0 as 1.0; that of Node always as 1.1.
  const healthz = (port: number) => httpAnswers("bash", port, "/healthz", "HTTP/1.1 200");
  expect((await probe(healthz, { status: 200 })).code).toBe(0);
  expect((await probe(healthz, { status: 500 })).code).toBe(1);
});

const chainId = (port: number): readonly string[] => rpcAnswers(port, "eth_chainId", '"0x259c756"');
const rpc = (result: string): Answer => ({ body: { jsonrpc: "2.0", id: 1, result } });

testWith("wget", "grep")(
  "an execution client is healthy on its chain id alone, in any case of its digits",
  async () => {
    expect(await probe(chainId, rpc("0x259c756"))).toMatchObject({ code: 0, stdout: "" });
    expect(await probe(chainId, rpc("0x259C756"))).toMatchObject({ code: 0 });
    expect((await probe(chainId, rpc("0x259c7561"))).code).not.toBe(0);
    expect((await probe(chainId, rpc("0x1"))).code).not.toBe(0);
    expect((await probe(chainId, { status: 503 })).code).not.toBe(0);
  },
);

testWith("wget", "grep")("the question to an execution client is a JSON-RPC call", async () => {
  const { asked } = await probe(chainId, rpc("0x259c756"));
  expect(asked.map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
    ["POST", { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }],
  ]);
});

const chainIdByBash = (port: number): readonly string[] => rpcAnswersBy("bash", port, "eth_chainId", '"0x259c756"');

test.each([
  ["its chain id", rpc("0x259c756"), 0],
  ["a longer chain id", rpc("0x259c7561"), 1],
  ["another chain id", rpc("0x1"), 1],
  ["an error", { status: 503, body: "" }, 1],
  ["nothing", { cut: true }, 1],
] satisfies [string, Answer, number][])(
  "bash finds an execution client healthy or not: %s",
  async (_, answer, code) => {
    const { asked, ...result } = await probe(chainIdByBash, answer);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(asked.map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
      ["POST", { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }],
    ]);
  },
);
