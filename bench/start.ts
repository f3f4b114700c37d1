// From `up` on an empty host to the first attestation, against what the clients themselves take to start.

import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { dockerName, type Owner } from "../components/names";
import type { HostChannel } from "../operations/host/channel";

export interface ColdStart {
  readonly ratio: number;
  /** Seconds from the start of `up` to the validator client's first attestation. */
  readonly toFirstAttestation: number;
  /** Seconds from a container's start to its first passed healthcheck; the validator client's to its first attestation. */
  readonly clients: { readonly execution: number; readonly beacon: number; readonly validator: number };
}

const healthSchema = z.object({
  startedAt: z.string(),
  log: z.array(z.object({ Start: z.string(), ExitCode: z.number() })).nullish(),
});

/** Unix seconds, with fraction. */
const time = (text: string): number => new Date(text).getTime() / 1000;

/** First line of a Prysm validator client's log that tells of an attestation, as its time. */
async function firstAttestation(host: HostChannel, container: string): Promise<number | undefined> {
  const { all } = await host.try(["logs", "--timestamps", container]);
  const line = all.split("\n").find((each) => /Submitted new attestations/.test(each));
  return line === undefined ? undefined : time(line.split(" ")[0] ?? "");
}

/** When a container started and when it was first found healthy; the engine keeps the last five looks only, so this asks early. */
async function untilHealthy(host: HostChannel, container: string): Promise<{ started: number; healthy: number }> {
  const format = '{"startedAt":{{json .State.StartedAt}},"log":{{json .State.Health.Log}}}';
  for (;;) {
    const result = await host.try(["inspect", "--format", format, container]);
    const parsed = result.ok ? healthSchema.safeParse(JSON.parse(result.stdout)) : undefined;
    const passed = parsed?.data?.log?.find(({ ExitCode }) => ExitCode === 0);
    if (parsed?.data && passed) return { started: time(parsed.data.startedAt), healthy: time(passed.Start) };
    await sleep(250);
  }
}

export async function coldStart(host: HostChannel, owner: Owner, up: () => Promise<unknown>): Promise<ColdStart> {
  const began = Date.now() / 1000;
  const [execution, beacon] = ["execution", "beacon"].map((layer) => untilHealthy(host, dockerName(owner, layer)));
  await up();
  const validator = dockerName(owner, "validator");
  const { startedAt } = healthSchema.parse(
    JSON.parse(await host.docker(["inspect", "--format", '{"startedAt":{{json .State.StartedAt}}}', validator])),
  );
  let attested = await firstAttestation(host, validator);
  for (; attested === undefined; attested = await firstAttestation(host, validator)) await sleep(500);
  const [el, bn] = await Promise.all([execution, beacon]);
  const took = (of: { started: number; healthy: number } | undefined): number => (of ? of.healthy - of.started : 0);
  const clients = { execution: took(el), beacon: took(bn), validator: attested - time(startedAt) };
  const toFirstAttestation = attested - began;
  return {
    ratio: toFirstAttestation / (clients.execution + clients.beacon + clients.validator),
    toFirstAttestation,
    clients,
  };
}
