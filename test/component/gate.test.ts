// The order of a switch and what it waits for: what hangs on the gate, and what the gate hangs on.

import { answers, mockedNode, type NodeRun } from "../support/mocked-node";
import type { Answers, Registered } from "../support/mocks";
import { CHAIN, chainOf, VALIDATORS } from "../support/node";

const CLIENTS = ["local-execution", "local-beacon", "local-validator"];
const G = CHAIN.generation;

let node: NodeRun;
beforeAll(async () => {
  node = await mockedNode(VALIDATORS);
});

const clients = (run: NodeRun): Registered[] => CLIENTS.map((name) => run.named(name));
const jobsOf = (run: NodeRun): string[] =>
  run
    .ofType("command:local:Command")
    .map(({ name }) => name)
    .filter((name) => !name.endsWith("-healthy"));

test("the gate is replaced with each generation, old one first, and with nothing else", async () => {
  expect(node.named("local-gate")).toMatchObject({
    type: "random:index/randomId:RandomId",
    deleteBeforeReplace: true,
    inputs: { byteLength: 4, keepers: { generation: G } },
  });
  const other = await mockedNode({ ...VALIDATORS, metrics: "false", graffiti: "x", executionImage: "el@sha256:e1" });
  expect(other.named("local-gate").inputs).toEqual(node.named("local-gate").inputs);
  const next = await mockedNode(VALIDATORS, { chain: chainOf(167) });
  expect(next.named("local-gate").inputs).not.toEqual(node.named("local-gate").inputs);
});

test("the gate feeds the image of every client, a scalar that replaces", () => {
  for (const { inputsFrom, deleteBeforeReplace, ignoreChanges } of clients(node)) {
    expect(inputsFrom.image).toContain("local-gate");
    expect(deleteBeforeReplace).toBe(true);
    expect(ignoreChanges).toEqual([]);
  }
});

test("while the gate is not known no image is, and all else of a client is", async () => {
  const unknown: Answers = (resource) => {
    const { hex: _, ...rest } = answers(resource);
    return rest;
  };
  const run = await mockedNode(VALIDATORS, { preview: true, answers: unknown });
  for (const [index, { inputs }] of clients(run).entries()) {
    const { image, ...others } = inputs;
    const { image: known, ...expected } = clients(node)[index]?.inputs ?? {};
    expect(image).not.toBe(known);
    expect(others).toEqual(expected);
  }
});

test("clients start in the order execution, beacon, validator, and so stop in the reverse one", () => {
  const [execution, beacon, validator] = clients(node);
  expect(execution?.dependsOn).not.toEqual(expect.arrayContaining(["local-beacon"]));
  // On the container, which makes it stop after this one; on the wait, which makes it healthy before this one starts.
  expect(beacon?.dependsOn).toEqual(expect.arrayContaining(["local-execution", "local-execution-healthy"]));
  expect(beacon?.dependsOn).not.toContain("local-validator");
  expect(validator?.dependsOn).toEqual(expect.arrayContaining(["local-beacon", "local-beacon-healthy"]));
});

test("promise 2: before the gate, and so before anything stops, every job has succeeded and every image is there", () => {
  const first = [...jobsOf(node), ...node.ofType("docker:index/remoteImage:RemoteImage").map(({ name }) => name)];
  expect(first.length).toBeGreaterThan(10);
  expect(node.named("local-gate").dependsOn).toEqual(expect.arrayContaining(first));
});

test("promise 2: a client comes after the gate, every job of its own, and what fills the kept volumes it reads", () => {
  const shared = ["genesis-files", "owners", "jwt-secret"].map((what) => `local-${G}-${what}`);
  // The protection job is the validator client's own input; the others have the gate in between.
  const own = (layer: string): string[] => jobsOf(node).filter((name) => name.startsWith(`local-${G}-${layer}-`));
  for (const layer of ["execution", "beacon", "validator"]) {
    const kept = layer === "validator" ? "local-keystores" : "local-identity-keys";
    const before = [...shared, ...own(layer), kept, "local-gate"];
    expect(node.named(`local-${layer}`).dependsOn).toEqual(expect.arrayContaining(before));
  }
});

test("where nothing has run yet, no client waits for what another one needs: there is none that would be stopped for it", async () => {
  const first = await mockedNode(VALIDATORS, { first: true });
  expect(first.named("local-gate").dependsOn).toEqual([]);
  const before = (layer: string): readonly string[] => first.named(`local-${layer}`).dependsOn;
  for (const layer of ["execution", "beacon"]) {
    expect(before(layer)).not.toContain("local-keystores");
    expect(before(layer)).toContain(`local-${G}-genesis-files`);
  }
  expect(before("validator")).toEqual(expect.arrayContaining(["local-keystores", "local-beacon"]));
  // And it is the same node: a later run, which waits for all of it, changes nothing.
  for (const { name, inputs } of clients(first)) expect(inputs).toEqual(node.named(name).inputs);
});

test("promise 2: preparations come after the files, the owners and the kept volumes they read, in their order", async () => {
  const prysm = await mockedNode({ ...VALIDATORS, beaconClient: "prysm", validatorClient: "prysm" });
  const dependsOn = (what: string): readonly string[] => prysm.named(`local-${G}-${what}`).dependsOn;
  const data = [`local-${G}-genesis-files`, `local-${G}-owners`];
  for (const what of ["validator-folders", "validator-import"])
    expect(dependsOn(what)).toEqual(expect.arrayContaining([...data, "local-keystores"]));
  expect(dependsOn("validator-import")).toContain(`local-${G}-validator-folders`);
  // An execution database has no need of validators' keys, which take longest to make.
  expect(dependsOn("execution-init")).toEqual(expect.arrayContaining(data));
  expect(dependsOn("execution-init")).not.toContain("local-keystores");
});

test("what a job made is an input of those that read it: another result is another container", () => {
  const [execution, beacon, validator] = clients(node);
  for (const client of [execution, beacon]) expect(client?.inputsFrom.labels).toContain(`local-${G}-jwt-secret`);
  expect(validator?.inputsFrom.labels).toContain("local-keystores");
  expect(validator?.inputsFrom.labels).not.toContain(`local-${G}-jwt-secret`);
  expect(node.named(`local-${G}-validator-definitions`).inputsFrom.triggers).toEqual(["local-keystores"]);
});

test("promise 1: what was decided for a generation is an input of its clients, from one job that is not run again", () => {
  for (const { inputsFrom } of clients(node)) expect(inputsFrom.command).toContain(`local-${G}-decisions`);
  const job = node.named(`local-${G}-decisions`);
  expect(job.inputs).toHaveProperty("update");
  // Made anew by repair, the old decisions stay until the new ones are known: clients they do not change run on.
  expect(job.deleteBeforeReplace).toBe(false);
});

test("promise 4: whether a second signer is looked for is decided anew for other keys and another image, and is no input of the other clients", () => {
  const [execution, beacon, validator] = clients(node);
  expect(validator?.inputsFrom.command).toContain(`local-${G}-protection`);
  for (const client of [execution, beacon]) expect(client?.inputsFrom.command).not.toContain(`local-${G}-protection`);
  const job = node.named(`local-${G}-protection`);
  // Lighthouse's validator client is in its beacon node's image.
  expect(job.inputsFrom.triggers).toEqual(["local-keystores", "local-image-beacon"]);
  // What was decided before stays until the new answer is known: clients it does not change run on.
  expect(job.deleteBeforeReplace).toBe(false);
  expect(node.named("local-gate").dependsOn).toContain(`local-${G}-protection`);
});

test("the record hangs on every client and on its health: it does not advance in an update that fails", () => {
  const { inputs, inputsFrom } = node.named("record");
  expect(inputs.value).toEqual({ active: CHAIN });
  expect(inputsFrom.value).toEqual(expect.arrayContaining(CLIENTS.flatMap((name) => [name, `${name}-healthy`])));
});
