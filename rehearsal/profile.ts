// The settings of a rehearsal, and the two profiles they come in.

import { z } from "zod";
import { Problem } from "../config/problem";

/** Forks a chain can start with. */
export const FORKS = ["electra", "fulu"] as const;

export const profileSchema = z.object({
  /** Fork the chain starts with. */
  fork: z.enum(FORKS),
  secondsPerSlot: z.number().int().min(2),
  slotsPerEpoch: z.number().int().min(8),
  /** Seconds from the execution genesis to slot 0; above 0, as on the public network. */
  delay: z.number().int().min(5),
  /** Seconds from one execution genesis to the next. */
  period: z.number().int().min(60),
  /** Validators at genesis, three quarters of them the seed node's. */
  validators: z.number().int().min(16).max(4096),
});

export type Profile = Readonly<z.infer<typeof profileSchema>>;

export const PROFILES = {
  /*
   * The delay is longer than it takes to bring seed and node up: a new iteration has begun, in the sense of the reset
   * rule, when it is released, and an `up` moves to it at once.
   */
  /** As the public network, with slots of 3 seconds: for resets. */
  fulu: { fork: "fulu", secondsPerSlot: 3, slotsPerEpoch: 32, delay: 90, period: 14_400, validators: 128 },
  /**
   * Epochs of 16 seconds: for finality, deposits and checkpoint sync. Fulu does not allow epochs of 8 slots. Fewer
   * validators than on `fulu`: each attests every 16 seconds, and a busy machine loses blocks with more of them.
   */
  "electra-fast": { fork: "electra", secondsPerSlot: 2, slotsPerEpoch: 8, delay: 90, period: 7_200, validators: 64 },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/**
 * A profile that starts with another fork; undefined: with its own.
 *
 * @throws Problem `rehearsal` where the fork does not allow the profile's epochs.
 */
export function withFork(name: ProfileName, fork: Profile["fork"] | undefined): Profile {
  const profile: Profile = PROFILES[name];
  // Prysm refuses the genesis state: its list of the next proposers is as long as two epochs of 32 slots.
  if (fork === "fulu" && profile.slotsPerEpoch !== PROFILES.fulu.slotsPerEpoch) {
    throw new Problem(
      "rehearsal",
      `--fork fulu: the profile ${name} has epochs of ${profile.slotsPerEpoch} slots, and fulu needs ${PROFILES.fulu.slotsPerEpoch}.`,
      "Take `--profile fulu`, with `--slot 2` where it has to be quick.",
    );
  }
  return fork === undefined ? profile : { ...profile, fork };
}
