// The pack as Pulumi runs it: started by the SDK's own run-policy-pack with the arguments and the environment of the
// official Node language host (3.259, RunPlugin), and asked over the engine's own protocol.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzeRequest,
  type AnalyzeResponse,
  type AnalyzerInfo,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
  EnforcementLevel,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { parse } from "yaml";
import type { Resource } from "../../policies/rule";
import { rules, stackRules } from "../../policies/rules";
import { ROOT } from "../../toolchain/paths";
import { ALLOWED, changed, container, job, keptVolume, network, volume } from "../support/policy";

jest.setTimeout(120_000);

const PACK = join(ROOT, "policies");
/** What the engine sends for a text that a preview does not know. */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let child: ChildProcess;
let client: AnalyzerClient;

beforeAll(async () => {
  const config = { "ephemery:exposeRpc": "192.0.2.7:8545", "ephemery:beaconP2pPort": "9000" };
  child = spawn(process.execPath, [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), "127.0.0.1:1", PACK], {
    cwd: PACK,
    env: {
      ...process.env,
      PULUMI_NODEJS_ORGANIZATION: "organization",
      PULUMI_NODEJS_PROJECT: "ephemery",
      PULUMI_NODEJS_STACK: "test",
      PULUMI_NODEJS_DRY_RUN: "true",
      PULUMI_CONFIG: JSON.stringify(config),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!child.stdout) throw new Error("stdout is a pipe");
  const [port] = await new Promise<string[]>((resolve, reject) => {
    if (child.stdout) createInterface({ input: child.stdout }).once("line", (line) => resolve([line]));
    child.once("exit", (code) => reject(new Error(`the pack ended with ${code}`)));
  });
  client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterAll(() => {
  client?.close();
  child?.kill();
});

const isValue = (value: unknown): value is { [key: string]: JavaScriptValue } =>
  typeof value === "object" && value !== null;
function struct(value: object): Struct {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  if (!isValue(plain)) throw new Error("inputs are an object");
  return Struct.fromJavaScript(plain);
}

const urnOf = ({ type, name }: Resource): string => `urn:pulumi:test::ephemery::${type}::${name}`;
function optionsOf({ options }: Resource): AnalyzerResourceOptions {
  return new AnalyzerResourceOptions()
    .setProtect(options.protect)
    .setIgnorechangesList([...options.ignoreChanges])
    .setDeletebeforereplace(options.deleteBeforeReplace)
    .setDeletebeforereplacedefined(true);
}
const providerOf = ({ provider = "" }: Resource): AnalyzerProviderResource =>
  new AnalyzerProviderResource().setType("pulumi:providers:docker").setName(provider).setProperties(struct({}));

/** The policies a resource violates, as the engine is told. */
async function violated(resource: Resource): Promise<{ policy: string; message: string; level: number }[]> {
  const request = new AnalyzeRequest()
    .setType(resource.type)
    .setName(resource.name)
    .setUrn(urnOf(resource))
    .setProperties(struct(resource.props))
    .setOptions(optionsOf(resource))
    .setProvider(providerOf(resource));
  const answer = await new Promise<AnalyzeResponse>((resolve, reject) => {
    client.analyze(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
  return diagnosticsOf(answer);
}

const diagnosticsOf = (answer: AnalyzeResponse): { policy: string; message: string; level: number }[] =>
  answer
    .getDiagnosticsList()
    .map((each) => ({ policy: each.getPolicyname(), message: each.getMessage(), level: each.getEnforcementlevel() }));

test("every rule is a mandatory policy of the pack, under the pack's version", async () => {
  const info = await new Promise<AnalyzerInfo>((resolve, reject) => {
    client.getAnalyzerInfo(new Empty(), (error, response) => (error ? reject(error) : resolve(response)));
  });
  expect(info.getName()).toBe("ephemery");
  expect(info.getVersion()).toBe(JSON.parse(readFileSync(join(PACK, "package.json"), "utf8")).version);
  const policies = info.getPoliciesList();
  expect(policies.map((each) => each.getName()).sort()).toEqual(
    [...rules(ALLOWED), ...stackRules].map(({ name }) => name).sort(),
  );
  for (const policy of policies) expect(policy.getEnforcementlevel()).toBe(EnforcementLevel.MANDATORY);
});

test("Pulumi finds it by a file without a main, and loads it from package.json's", () => {
  // The host of 3.259 starts the folder itself: `main` of PulumiPolicy.yaml is not read.
  const project = parse(readFileSync(join(PACK, "PulumiPolicy.yaml"), "utf8"));
  expect(project).toMatchObject({ runtime: "nodejs", description: expect.any(String) });
  expect(JSON.parse(readFileSync(join(PACK, "package.json"), "utf8")).main).toBe("main.cjs");
});

test.each([
  ["a container", container],
  ["a network", network],
  ["a volume", volume],
  ["a kept volume", keptVolume],
  ["a job", job],
])("%s that is well made violates nothing", async (_, resource) => {
  expect(await violated(resource)).toEqual([]);
});

test("promise 9: a violation is told with its policy, what is wrong, and what to do", async () => {
  const [only, ...more] = await violated(changed(container, { privileged: true }));
  expect(more).toEqual([]);
  expect(only).toEqual({
    policy: "no-privileges",
    message: expect.stringMatching(/\nit is privileged\. Set privileged: false/),
    level: EnforcementLevel.MANDATORY,
  });
});

test("options and provider come through", async () => {
  const names = async (resource: Resource): Promise<string[]> => (await violated(resource)).map(({ policy }) => policy);
  expect(await names({ ...container, options: { ...container.options, deleteBeforeReplace: false } })).toEqual([
    "old-before-new",
  ]);
  expect(await names({ ...container, provider: "default_5_2_0" })).toEqual(["no-default-docker-provider"]);
  expect(new Set(await names({ ...keptVolume, options: { ...keptVolume.options, ignoreChanges: [] } }))).toEqual(
    new Set(["kept-volumes-stay"]),
  );
});

test("promise 7: what the stack's settings expose is allowed, and nothing else", async () => {
  const published = (ip: string): Resource =>
    changed(container, { ports: [{ internal: 8545, external: 8545, ip, protocol: "tcp" }] });
  expect(await violated(published("192.0.2.7"))).toEqual([]);
  expect((await violated(published("192.0.2.8"))).map(({ policy }) => policy)).toEqual(["only-p2p-ports-answer"]);
});

test("what a preview does not know is passed over in silence, and the rest is judged", async () => {
  const unknown = {
    labels: UNKNOWN_TEXT,
    command: UNKNOWN_TEXT,
    image: UNKNOWN_TEXT,
    volumes: [{ volumeName: UNKNOWN_TEXT, containerPath: "/data" }],
  };
  expect(await violated(changed(container, unknown))).toEqual([]);
  expect(
    (await violated(changed(container, { ...unknown, memorySwap: undefined }))).map(({ policy }) => policy),
  ).toEqual(["memory-is-limited"]);
});

test("promise 4: validators in two places are seen in the stack as a whole", async () => {
  const keys = (name: string, start: number): AnalyzerResource => {
    const input = {
      create: "node bin/ephemery job deliver-keys",
      environment: { EPHEMERY_JOB: JSON.stringify({ start, count: 32, mnemonicDigest: "m" }) },
    };
    const resource = { ...changed(job, input), name };
    return new AnalyzerResource()
      .setType(resource.type)
      .setName(name)
      .setUrn(urnOf(resource))
      .setProperties(struct(resource.props))
      .setOptions(optionsOf(resource));
  };
  const judged = async (...resources: readonly AnalyzerResource[]): Promise<string[]> => {
    const request = new AnalyzeStackRequest().setResourcesList([...resources]);
    const answer = await new Promise<AnalyzeResponse>((resolve, reject) => {
      client.analyzeStack(request, (error, response) => (error ? reject(error) : resolve(response)));
    });
    return diagnosticsOf(answer).map(({ policy }) => policy);
  };
  expect(await judged(keys("one", 0), keys("two", 32))).toEqual([]);
  expect(await judged(keys("one", 0), keys("two", 31))).toEqual(["validators-are-in-one-place"]);
});
