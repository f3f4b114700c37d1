// The job behind components/decisions.ts: looks at the host and at checkpoint
// providers, once per generation.

import { z } from "zod";
import { chooseStart, needsCheckpoint, type ProviderAnswer, type Start } from "../../chain/start";
import type { Decisions } from "../../components/decisions";
import { HostChannel } from "../host/channel";
import { genesisSchema, PATIENCE, probe, wget } from "./ask-beacon";
import { decideInput, readInput } from "./input";

type Input = z.infer<typeof decideInput>;

const finalitySchema = z.object({ data: z.object({ finalized: z.object({ epoch: z.string().regex(/^\d+$/) }) }) });

/** Between two answers of a provider in the probe's output. */
const MARK = "\n--8<--\n";
const SERVED = "served";
const ASKING = "Asking a checkpoint provider";

/** For the finalized state, which is some megabytes. */
const DOWNLOAD_PATIENCE = 90;

async function ask(host: HostChannel, input: Input, url: string): Promise<ProviderAnswer> {
  const get = (path: string): string => `timeout ${PATIENCE} ${wget(url, path, "-O -")}`;
  const script = `${get("/eth/v1/beacon/genesis")} && printf '${MARK.replaceAll("\n", "\\n")}' && ${get("/eth/v1/beacon/states/head/finality_checkpoints")}`;
  const [genesis = "", finality = ""] = (await probe(host, input, ASKING, script)).split(MARK);
  try {
    return {
      url,
      genesisValidatorsRoot: genesisSchema.parse(JSON.parse(genesis)).data.genesis_validators_root,
      finalizedEpoch: Number(finalitySchema.parse(JSON.parse(finality)).data.finalized.epoch),
    };
  } catch {
    return { url, failure: "does not answer as a Beacon API does" };
  }
}

/** Whether a provider hands out what a client starts from: one that only talks would keep the node from its start. */
async function serves(host: HostChannel, input: Input, url: string): Promise<boolean> {
  const options = ["-O /dev/null", "--header 'Accept: application/octet-stream'"];
  const script = `timeout ${DOWNLOAD_PATIENCE} ${wget(url, "/eth/v2/debug/beacon/states/finalized", ...options)} && echo ${SERVED}`;
  return (await probe(host, input, ASKING, script)).trim() === SERVED;
}

/** The start by what the providers say, until one that would do also does. */
async function startOf(host: HostChannel, input: Input): Promise<Start> {
  const { chain, checkpointProviders } = input;
  const now = Math.floor(Date.now() / 1000);
  let answers: readonly ProviderAnswer[] = [];
  if (needsCheckpoint(now, chain)) {
    for (const url of checkpointProviders) answers = [...answers, await ask(host, input, url)];
  }
  for (;;) {
    const start = chooseStart(now, chain, answers);
    if (start.kind !== "checkpoint" || (await serves(host, input, start.url))) return start;
    const failed: ProviderAnswer = { url: start.url, failure: "does not serve its finalized state" };
    answers = answers.map((answer) => (answer.url === start.url ? failed : answer));
  }
}

/** MiB of memory that Docker reports. */
async function hostMemory(host: HostChannel): Promise<number> {
  const bytes = Number(await host.docker(["info", "--format", "{{.MemTotal}}"]));
  return Math.max(1, Math.floor(bytes / 2 ** 20));
}

/** @returns the decisions as JSON. */
export async function decide(): Promise<string> {
  const input = readInput(decideInput);
  const host = new HostChannel(input.uri);
  const decisions: Decisions = { start: await startOf(host, input), hostMemory: await hostMemory(host) };
  return JSON.stringify(decisions);
}
