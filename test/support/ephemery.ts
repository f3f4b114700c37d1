// The command as its users run it, and stacks that are a test's own.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { NAMESPACE } from "../../config/parse";
import type { Stack } from "../../operations/engine/stack";
import type { Profile } from "../../rehearsal/profile";
import { TEST_MNEMONIC } from "../../rehearsal/store";
import { networkName, nodeAddresses, nodeValidators, REHEARSAL_BEACON_ARGS, sourceUrl } from "../../rehearsal/topology";
import { ROOT } from "../../toolchain/paths";
import { stackOf } from "./machine";

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `bin/ephemery`, in a process group of its own so that a test can end it as a terminal or a crash would. */
export function begin(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; answer: Promise<Answer> } {
  const child = spawn(process.execPath, [join(ROOT, "bin", "ephemery"), ...args], {
    cwd: ROOT,
    env: { ...process.env, CI: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, answer };
}

export const ephemery = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Answer> =>
  begin(args, env).answer;

/** The same, where it has to succeed. */
export async function succeed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await ephemery(args, env);
  if (code !== 0) throw new Error(`ephemery ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** A port of loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export interface OwnStack {
  readonly stack: Stack;
  configure(config: Readonly<Record<string, unknown>>): void;
  /** Forgets its configuration; what it runs is destroyed before. */
  forget(): Promise<void>;
}

/** As Pulumi writes what is encrypted. */
const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && "secure" in value;

const fileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });

/** A stack of the real project; its configuration lies beside the dev stack's, where git does not look. */
export async function ownStack(name: string, config: Readonly<Record<string, unknown>>): Promise<OwnStack> {
  const file = join(ROOT, `Pulumi.${name}.yaml`);
  const configure = (values: Readonly<Record<string, unknown>>): void => {
    const old = fileSchema.parse((existsSync(file) && parse(readFileSync(file, "utf8"))) || {});
    const named = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${NAMESPACE}:${key}`, value]));
    const secrets = Object.entries(old.config ?? {}).filter(([, value]) => isSecret(value));
    writeFileSync(file, stringify({ ...old, config: { ...named, ...Object.fromEntries(secrets) } }));
  };
  configure(config);
  const stack = await stackOf(name);
  await stack.init();
  return {
    stack,
    configure,
    forget: async () => {
      await stack.pulumi(["stack", "rm", "--yes", "--force", "--stack", name]);
      rmSync(file, { force: true });
    },
  };
}

export interface Joined {
  readonly rehearsal: string;
  readonly port: number;
  /** First three parts of its addresses. */
  readonly subnet: string;
  readonly profile: Profile;
}

/** What a stack is told to be the node under test of a rehearsal; the mnemonic goes in apart, as a secret. */
export function joining({ rehearsal, port, subnet, profile }: Joined): Readonly<Record<string, unknown>> {
  const { execution, beacon } = nodeAddresses(subnet);
  const { start, count } = nodeValidators({ profile });
  return {
    network: "rehearsal",
    p2pNetwork: networkName(rehearsal),
    releaseSources: [sourceUrl(port)],
    executionP2pAddress: execution,
    beaconP2pAddress: beacon,
    beaconClient: "prysm",
    beaconPeers: 1,
    beaconExtraArgs: REHEARSAL_BEACON_ARGS,
    validatorClient: "prysm",
    validatorCount: count,
    validatorStart: start,
    feeRecipient: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    checkpointProviders: [`http://${subnet}.12:3500`],
  };
}

export const giveMnemonic = (stack: Stack): Promise<void> => stack.setSecret(`${NAMESPACE}:mnemonic`, TEST_MNEMONIC);
