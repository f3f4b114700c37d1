// What Pulumi hands to a job, and what becomes of it when it is not as agreed.

import { decideInput, deliverGenesisInput, deliverKeysInput, readInput } from "../../../../operations/jobs/input";
import { CHAIN } from "../../../support/node";

const before = process.env.EPHEMERY_JOB;
afterEach(() => {
  if (before === undefined) delete process.env.EPHEMERY_JOB;
  else process.env.EPHEMERY_JOB = before;
});

const owner = { host: "local", stack: "test", id: "0badcafe" };
const onHost = { owner, uri: "unix:///var/run/docker.sock", image: "tools", volume: "keys" };

test("each job reads what its component writes", () => {
  const inputs = [
    [deliverGenesisInput, { ...onHost, chain: CHAIN, releaseSources: ["http://127.0.0.1"], revision: 1 }],
    [deliverKeysInput, { ...onHost, count: 4, start: 0, mnemonicDigest: "ab" }],
    [deliverKeysInput, { ...onHost, count: 4, start: 0 }],
    [decideInput, { owner, uri: onHost.uri, image: "tools", network: "p2p", chain: CHAIN, checkpointProviders: [] }],
  ] as const;
  for (const [schema, input] of inputs) {
    process.env.EPHEMERY_JOB = JSON.stringify(input);
    expect(readInput<object>(schema)).toEqual(input);
  }
});

describe("promise 9: input that is not as agreed is told by its field", () => {
  test.each([
    ["none at all", undefined, "EPHEMERY_JOB", "bin/ephemery up"],
    ["no validators", { ...onHost, count: 0, start: 0 }, "count", "report"],
    ["an index below zero", { ...onHost, count: 1, start: -1 }, "start", "report"],
    ["no owner", { ...onHost, owner: undefined, count: 1, start: 0 }, "owner", "report"],
  ])("%s", (_, input, says, remedy) => {
    if (input === undefined) delete process.env.EPHEMERY_JOB;
    else process.env.EPHEMERY_JOB = JSON.stringify(input);
    expect(() => readInput(deliverKeysInput)).toThrow(
      expect.objectContaining({
        code: "job",
        message: expect.stringContaining(says),
        remedy: expect.stringContaining(remedy),
      }),
    );
  });
});

test("facts of a chain that are not facts are refused", () => {
  const chain = { ...CHAIN, genesisValidatorsRoot: "0x12" };
  process.env.EPHEMERY_JOB = JSON.stringify({ ...onHost, chain, releaseSources: [], revision: 1 });
  expect(() => readInput(deliverGenesisInput)).toThrow(/genesisValidatorsRoot/);
});
