// The program as the engine runs it: index.ts itself, from configuration to outputs.

import * as pulumi from "@pulumi/pulumi";

import program = require("../../../index");

import { answers, ownerOf, PUBKEYS } from "../../support/mocked-node";
import { resolved, tree, underMocks } from "../../support/mocks";
import { CHAIN, MNEMONIC, REHEARSAL, VALIDATORS } from "../../support/node";

/** In the middle of CHAIN, whose record is what the stack remembers: no source has to be asked. */
const NOW = CHAIN.genesisTime + 1000;

beforeEach(() => {
  jest.spyOn(Date, "now").mockReturnValue(NOW * 1000);
});
afterEach(() => jest.restoreAllMocks());

/** What the stack remembers, on the host the configuration names. */
const remembered = ({ hostName = "local", dockerHost = "unix:///var/run/docker.sock" }): object => ({
  outputs: { record: { active: CHAIN }, owner: ownerOf(), host: { name: hostName, uri: dockerHost } },
  secretOutputNames: [],
});

async function run(config: Readonly<Record<string, string>>) {
  const named = Object.fromEntries(Object.entries(config).map(([key, value]) => [`ephemery:${key}`, value]));
  return underMocks(
    async () => {
      pulumi.runtime.setAllConfig(named);
      return program();
    },
    (resource) => (resource.type === "pulumi:pulumi:StackReference" ? { ...remembered(config) } : answers(resource)),
  );
}

test("the outputs are what status, repair and the next run look for", async () => {
  const { outputs } = await run({ ...VALIDATORS, ...REHEARSAL });
  const values = await resolved(pulumi.output(outputs));
  const docker = (what: string): string => `ephemery-local-test-0123abcd-${what}`;
  expect(values).toEqual({
    record: { active: CHAIN },
    owner: { host: "local", stack: "test", id: "0123abcd" },
    containers: { execution: docker("execution"), beacon: docker("beacon"), validator: docker("validator") },
    apiNetwork: docker("api-network"),
    tools: "sha256:id of ephemery.local/tools:1.35.0-1",
    clients: { execution: "geth", beacon: "prysm", validator: "prysm" },
    identity: "1de2717141de2717",
    validators: { count: PUBKEYS.length, start: 0, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
    host: { name: "local", uri: "unix:///var/run/docker.sock" },
    schedule: "none",
    scheduleOn: "runner",
  });
  expect(JSON.stringify(values)).not.toContain(MNEMONIC);
});

test("a node without validators has no validator client among its containers", async () => {
  const { outputs } = await run({});
  expect(Object.keys(outputs.containers)).toEqual(["execution", "beacon"]);
  expect(await resolved(outputs.validators)).toEqual({ count: 0, start: 0, digest: "" });
});

test("the stack holds one node, the provider of its host and what starts its resets", async () => {
  const { resources } = await run({ hostName: "far", dockerHost: "ssh://root@far" });
  const top = tree(resources).filter((line) => /^ {2}\S/.test(line));
  expect(top).toEqual([
    "  ephemery:index:EphemeryNode far",
    "  ephemery:index:ResetSchedule far",
    "  pulumi:providers:docker docker-far",
  ]);
  // Not before there is a node to reset.
  expect(resources.find(({ name }) => name === "far-reset-timer")?.dependsOn).toContain("far-gate");
  expect(resources.find(({ name }) => name === "docker-far")?.inputs).toMatchObject({ host: "ssh://root@far" });
});

test("promise 9: a mistake in the configuration is answered with its text alone", async () => {
  const failed = run({ validatorCount: "-1" });
  await expect(failed).rejects.toMatchObject({ message: expect.stringContaining("ephemery:validatorCount is -1") });
  await expect(failed).rejects.toMatchObject({ stack: expect.not.stringMatching(/^\s+at /m) });
});
