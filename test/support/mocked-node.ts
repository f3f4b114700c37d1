// A node under Pulumi's mocks, with jobs that answer as the real ones do.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Plan } from "../../chain/plan";
import { EphemeryNode } from "../../components/ephemery-node";
import type { Owner } from "../../components/names";
import type { ImageOrigin } from "../../toolchain/origin";
import { type Answers, type Registered, type Run, underMocks } from "./mocks";
import { CHAIN, settingsOf } from "./node";

export const ID = "0123abcd";
/** Whose the Docker objects of a mocked node are. */
export const ownerOf = (stack = "test", host = "local"): Owner => ({ host, stack, id: ID });
export const JWT_FINGERPRINT = "aaaaaaaaaaaaaaaa";
export const PUBKEYS = ["1", "2", "3", "4"].map((digit) => `0x${digit.repeat(96)}`);
export const DECISIONS = {
  start: { kind: "genesis", reason: "the chain is at epoch 0" },
  hostMemory: 8000,
};

/** What each job prints, by the end of its resource's name. */
const STDOUT: Readonly<Record<string, string>> = {
  "-identity-keys": "1de2717141de2717",
  "-keystores": JSON.stringify({ pubkeys: PUBKEYS }),
  "-jwt-secret": JWT_FINGERPRINT,
  "-decisions": JSON.stringify(DECISIONS),
  "-protection": "off",
  "-proof": "{}",
};

/** Id of an image that was pulled. */
export const imageIdOf = (reference: unknown): string => `sha256:id of ${reference}`;

export const answers: Answers = ({ type, name, inputs }) => {
  switch (type) {
    case "docker:index/remoteImage:RemoteImage":
      return { imageId: imageIdOf(inputs.name) };
    case "random:index/randomId:RandomId":
      return { hex: "9a7e0000" };
    case "command:local:Command":
      return { stdout: Object.entries(STDOUT).find(([end]) => name.endsWith(end))?.[1] ?? "" };
    default:
      return {};
  }
};

export interface NodeRun extends Run<EphemeryNode> {
  /** The resource of a name. */
  named(name: string): Registered;
  ofType(type: string): readonly Registered[];
}

export interface NodeOptions {
  readonly stack?: string;
  readonly images?: ImageOrigin;
  readonly chain?: typeof CHAIN;
  /** Chains beside the one it runs on. */
  readonly beside?: Omit<Plan, "active">;
  readonly preview?: boolean;
  /** That nothing of it has run yet. */
  readonly first?: boolean;
  readonly answers?: Answers;
}

/** Stands for the stack's output, to see what it hangs on. */
class Probe extends pulumi.CustomResource {
  constructor(name: string, value: pulumi.Input<unknown>) {
    super("test:index:Probe", name, { value });
  }
}

/** The node of a configuration, on a host named `local`. */
export async function mockedNode(
  config: Readonly<Record<string, string>> = {},
  {
    stack = "test",
    images = "official",
    chain = CHAIN,
    beside = {},
    preview = false,
    first = false,
    answers: given = answers,
  }: NodeOptions = {},
): Promise<NodeRun> {
  const settings = settingsOf(config, stack);
  const program = async (): Promise<EphemeryNode> => {
    const provider = new docker.Provider(`docker-${settings.host.name}`, { host: settings.host.uri });
    const opts: pulumi.ComponentResourceOptions = { providers: [provider] };
    const owner = ownerOf(stack, settings.host.name);
    const plan = { active: chain, ...beside };
    const node = new EphemeryNode(settings.host.name, { owner, settings, plan, images, first }, opts);
    new Probe("record", node.record);
    return node;
  };
  const run = await underMocks(program, given, { stack, preview });
  return {
    ...run,
    named: (name) => {
      const found = run.resources.filter((each) => each.name === name && !each.type.startsWith("ephemery:"));
      const [only, ...more] = found;
      if (!only || more.length > 0) throw new Error(`${found.length} resources are named ${name}`);
      return only;
    },
    ofType: (type) => run.resources.filter((each) => each.type === type),
  };
}
