// What a person is told of a generation's decisions when the program has them.

import * as pulumi from "@pulumi/pulumi";
import { answers, DECISIONS, mockedNode } from "../support/mocked-node";
import { resolved } from "../support/mocks";

const warnings: string[] = [];
beforeEach(() => {
  warnings.length = 0;
  jest.spyOn(pulumi.log, "warn").mockImplementation(async (text) => {
    warnings.push(text);
  });
});
afterEach(() => jest.restoreAllMocks());

/** A node whose beacon node starts there. */
async function starting(start: object): Promise<void> {
  const run = await mockedNode(
    {},
    {
      answers: (resource) =>
        resource.name.endsWith("-decisions") ? { stdout: JSON.stringify({ ...DECISIONS, start }) } : answers(resource),
    },
  );
  await resolved(run.outputs.record);
}

test("promise 9: a start from genesis on an old chain is warned of, with its reason", async () => {
  await starting({ kind: "genesis", reason: "https://a.example is stale at epoch 5", epoch: 4_600 });
  expect(warnings).toEqual([expect.stringMatching(/at epoch 4600: https:\/\/a\.example is stale at epoch 5/)]);
});

test("any other start is not", async () => {
  await starting(DECISIONS.start);
  await starting({ kind: "checkpoint", url: "https://a.example", epoch: 98 });
  expect(warnings).toEqual([]);
});
