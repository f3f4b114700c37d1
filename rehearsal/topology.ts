// Names and addresses of a rehearsal: its network, its source, and who sits where.

import { REPOSITORY } from "./server";
import type { Rehearsal } from "./store";

export const networkName = (name: string): string => `ephemery-rehearsal-${name}`;
export const seedStackName = (name: string): string => `${name}-seed`;
export const LABEL = "ephemery.rehearsal";

/** Where the release server answers, for ephemery:releaseSources. */
export const sourceUrl = (port: number): string => `http://127.0.0.1:${port}/${REPOSITORY}`;

/** A rehearsal's place on this machine where nobody gives another: the dev stack's. */
export const DEFAULT_PORT = 39_438;
export const DEFAULT_SUBNET = "10.213.39";
/** Seconds from its start to slot 0, in which seed and node come up on two cores. */
export const DEFAULT_LEAD = 75;

/** Ports for peers, the public network's defaults. */
export const PORTS = { execution: 30303, beacon: 9000, quic: 9001 } as const;

/** Last parts of fixed addresses; Docker gives the rest of the subnet to probes. */
const SEED = { execution: 11, beacon: 12 } as const;
const NODE = { execution: 21, beacon: 22 } as const;

const on = (subnet: string, hosts: { execution: number; beacon: number }) => ({
  execution: `${subnet}.${hosts.execution}`,
  beacon: `${subnet}.${hosts.beacon}`,
});

export const seedAddresses = (subnet: string) => on(subnet, SEED);
/** Addresses of the node under test. */
export const nodeAddresses = (subnet: string) => on(subnet, NODE);

/**
 * The part of the validators that is the seed's: more than two thirds, so that epochs become final without the node
 * under test, and that of two forks the seed's wins. With half for each, a node that was away and came back on an old
 * head kept its fork for good, and each its own.
 */
const SEED_SHARE = 0.75;

/** The seed has the first of the validators, the node under test the rest. */
export const seedValidators = ({ profile }: Pick<Rehearsal, "profile">) => ({
  start: 0,
  count: Math.floor(profile.validators * SEED_SHARE),
});
export const nodeValidators = ({ profile }: Pick<Rehearsal, "profile">) => {
  const { count: start } = seedValidators({ profile });
  return { start, count: profile.validators - start };
};

/**
 * What Prysm is told of a network of two: no peers on every subnet to wait for, and blocks for the other as fast as it
 * can take them. By default a node gives each peer 64 blocks in 30 s, and asks no faster either.
 */
export const REHEARSAL_BEACON_ARGS: readonly string[] = [
  "--minimum-peers-per-subnet=0",
  "--block-batch-limit-burst-factor=16",
];

/** The id in the names of everything the seed has on the host; fixed, because its node keys are put there before it exists. */
export const SEED_ID = "5eed5eed";
