// The job behind components/decisions.ts: looks at the host and at checkpoint
// providers, once per generation.

import { z } from "zod";
import { chooseStart, needsCheckpoint, type ProviderAnswer } from "../../chain/start";
import type { Decisions } from "../../components/decisions";
import { shellQuote } from "../../components/docker-run";
import { HostChannel } from "../host/channel";
import { decideInput, readInput } from "./input";

type Input = z.infer<typeof decideInput>;

const genesisSchema = z.object({ data: z.object({ genesis_validators_root: z.string() }) });
const finalitySchema = z.object({ data: z.object({ finalized: z.object({ epoch: z.string().regex(/^\d+$/) }) }) });

/** Between two answers of a provider in the probe's output. */
const MARK = "\n--8<--\n";
const PATIENCE = 10;

/** Asks from the network the beacon node will fetch over: what answers there is what counts. */
async function ask(host: HostChannel, input: Input, url: string): Promise<ProviderAnswer> {
  const get = (path: string): string =>
    `timeout ${PATIENCE} wget -q -O - ${shellQuote(`${url.replace(/\/+$/, "")}${path}`)}`;
  const script = `${get("/eth/v1/beacon/genesis")} && printf '${MARK.replaceAll("\n", "\\n")}' && ${get("/eth/v1/beacon/states/head/finality_checkpoints")}`;
  try {
    const { owner, image, network } = input;
    const text = await host.oneShot("Asking a checkpoint provider", {
      owner,
      role: "probe",
      image,
      network,
      user: "65534:65534",
      mounts: [],
      command: ["sh", "-c", script],
    });
    const [genesis = "", finality = ""] = text.split(MARK);
    return {
      url,
      genesisValidatorsRoot: genesisSchema.parse(JSON.parse(genesis)).data.genesis_validators_root,
      finalizedEpoch: Number(finalitySchema.parse(JSON.parse(finality)).data.finalized.epoch),
    };
  } catch {
    return { url, failure: "does not answer as a Beacon API does" };
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
  const { chain, checkpointProviders } = input;
  const host = new HostChannel(input.uri);
  const now = Math.floor(Date.now() / 1000);
  const answers: ProviderAnswer[] = [];
  if (needsCheckpoint(now, chain)) {
    for (const url of checkpointProviders) answers.push(await ask(host, input, url));
  }
  const decisions: Decisions = {
    start: chooseStart(now, chain, answers),
    hostMemory: await hostMemory(host),
  };
  return JSON.stringify(decisions);
}
