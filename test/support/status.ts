// What `status --json` promises to others, checked field by field as they would.

import { z } from "zod";
import { ephemery } from "./ephemery";

const number = z.number().nullable();
const count = z.int().nonnegative().nullable();
const peers = z.strictObject({ in: count, out: count, total: count });

export const reportSchema = z.strictObject({
  stack: z.string(),
  healthy: z.boolean(),
  chain: z
    .strictObject({
      network: z.enum(["ephemery", "rehearsal"]),
      iteration: z.int(),
      chainId: z.int(),
      generation: z.string().regex(/^\d+-[0-9a-f]{8}$/),
      genesisValidatorsRoot: z.string().regex(/^0x[0-9a-f]{64}$/),
      genesisTime: z.int(),
      nextResetTime: z.int(),
      slot: z.int(),
      epoch: z.int(),
      clockOffset: number,
    })
    .nullable(),
  execution: z
    .strictObject({
      client: z.string(),
      version: z.string().nullable(),
      block: count,
      syncing: z.boolean().nullable(),
      peers,
    })
    .nullable(),
  beacon: z
    .strictObject({
      client: z.string(),
      version: z.string().nullable(),
      headSlot: count,
      finalizedEpoch: count,
      syncing: z.boolean().nullable(),
      optimistic: z.boolean().nullable(),
      peers,
      enr: z.string().startsWith("enr:").nullable(),
    })
    .nullable(),
  validators: z.strictObject({
    configured: count,
    active: count,
    pending: count,
    attested: count,
    missed: count,
    proposed: count,
    missedProposals: count,
    countedFrom: count,
    countedThrough: number,
    uncounted: z.string().nullable(),
  }),
  release: z.strictObject({
    seen: z.string().nullable(),
    verified: z.string().nullable(),
    staged: z.string().nullable(),
  }),
  reset: z.strictObject({
    state: z.enum(["running", "staged", "due", "settling"]).nullable(),
    last: z
      .strictObject({
        generation: z.string(),
        stagedAt: number,
        switchedAt: z.number(),
        settledAt: number,
        nodeDownSeconds: number,
        firstDutySlot: count,
        missedDuties: count,
        outcome: z.enum(["switched", "settled", "failed"]),
      })
      .nullable(),
  }),
  schedule: z
    .strictObject({
      runner: z.enum(["systemd", "cron", "none"]),
      on: z.enum(["runner", "host"]),
      installed: z.boolean().nullable(),
      nextLook: number,
      failures: count,
    })
    .nullable(),
  problem: z.strictObject({ code: z.string(), text: z.string(), remedy: z.string() }).nullable(),
});

export type Report = z.infer<typeof reportSchema>;

export async function statusOf(stack: string): Promise<Report> {
  const { code, stdout, stderr } = await ephemery(["status", "--json", "--stack", stack]);
  if (code === 2) throw new Error(`status could not look: ${stdout}${stderr}`);
  const report = reportSchema.parse(JSON.parse(stdout));
  if ((code === 0) !== report.healthy) throw new Error(`status ended with ${code} and says healthy: ${report.healthy}`);
  return report;
}
