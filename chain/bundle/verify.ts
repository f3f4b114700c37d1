// The seven cross-checks of a bundle. They show that its files agree with each
// other and with the clock; they do not show who wrote them.

import { type Clock, chainIdOf, startOf } from "../iteration";
import type { Bundle, Sibling } from "./bundle";
import { forkAt } from "./network-config";
import { refused } from "./refused";

/** One comparison: two places that have to say the same. */
export interface Comparison {
  readonly check: CheckName;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly agrees: boolean;
}

export const CHECKS = {
  "execution-genesis": "genesis.json makes the block that genesis.ssz and nodevars_env.txt name",
  "validators-root": "the validators in genesis.ssz have the root it carries",
  iteration: "validator 0 carries the iteration in its withdrawal address",
  "chain-id-and-clock": "chain ids and times follow from the iteration",
  forks: "genesis.ssz has the fork of config.yaml, and the blob schedules agree",
  "deposit-contract": "the deposit contract is the same everywhere and is there at genesis",
  siblings: "besu.json and chainspec.json describe the same genesis",
} as const;

export type CheckName = keyof typeof CHECKS;

/** What the caller knows before it looks into the bundle. */
export interface Expectation {
  readonly iteration: number;
  /** Undefined on a network whose arithmetic is not known beforehand (a rehearsal). */
  readonly clock: Clock | undefined;
}

export interface Verification {
  readonly comparisons: readonly Comparison[];
  /** Things worth telling that refuse nothing, such as a changed period. */
  readonly notes: readonly string[];
}

/** Prague's blob limit where config.yaml leaves it out (EIP-7691). */
const PRAGUE_MAX_BLOBS = 9;

const lower = (text: string | undefined): string => (text ?? "missing").toLowerCase();

/** Runs every check; nothing is thrown. */
export function verifyBundle(bundle: Bundle, expectation: Expectation): Verification {
  const comparisons: Comparison[] = [];
  const notes: string[] = [];
  const compare = (check: CheckName, what: string, expected: string | number, found: string | number): void => {
    comparisons.push({ check, what, expected: String(expected), found: String(found), agrees: expected === found });
  };
  const { config, state, genesis, retention } = bundle;
  const { iteration, clock } = expectation;
  const timestamp = Number(genesis.timestamp);

  compare("execution-genesis", "genesis.ssz eth1_data.block_hash", bundle.genesisHash, state.eth1BlockHash);
  compare("execution-genesis", "genesis.ssz payload header block_hash", bundle.genesisHash, state.payloadBlockHash);
  if (bundle.nodevars.genesisBlock !== undefined) {
    compare(
      "execution-genesis",
      "nodevars_env.txt GENESIS_BLOCK",
      bundle.genesisHash,
      lower(bundle.nodevars.genesisBlock),
    );
  }

  compare("validators-root", "genesis.ssz genesis_validators_root", state.validatorsRoot, state.genesisValidatorsRoot);
  if (bundle.nodevars.genesisValidatorsRoot !== undefined) {
    compare(
      "validators-root",
      "nodevars_env.txt GENESIS_VALROOT",
      state.validatorsRoot,
      lower(bundle.nodevars.genesisValidatorsRoot),
    );
  }

  const address = iteration.toString(16).padStart(40, "0");
  compare(
    "iteration",
    "genesis.ssz validator 0 withdrawal address",
    `0x${address}`,
    `0x${state.firstWithdrawalCredentials.slice(-40)}`,
  );

  const chainId = chainIdOf(iteration);
  compare("chain-id-and-clock", "genesis.json chainId", chainId, genesis.config.chainId);
  compare("chain-id-and-clock", "config.yaml DEPOSIT_CHAIN_ID", chainId, config.depositChainId);
  compare("chain-id-and-clock", "config.yaml DEPOSIT_NETWORK_ID", chainId, config.depositNetworkId);
  compare("chain-id-and-clock", "retention.vars CHAIN_ID", chainId, retention.chainId);
  compare("chain-id-and-clock", "retention.vars GENESIS_TIMESTAMP", timestamp, retention.executionGenesisTime);
  compare("chain-id-and-clock", "config.yaml MIN_GENESIS_TIME", timestamp, config.minGenesisTime);
  compare("chain-id-and-clock", "genesis.ssz payload header timestamp", timestamp, state.payloadTime);
  compare("chain-id-and-clock", "genesis.ssz genesis_time", timestamp + config.genesisDelay, state.genesisTime);
  if (config.resetPeriod !== undefined) {
    compare("chain-id-and-clock", "config.yaml EPHEMERY_RESET_PERIOD", retention.period, config.resetPeriod);
  }
  if (clock !== undefined && retention.period === clock.period) {
    compare(
      "chain-id-and-clock",
      `genesis.json timestamp of iteration ${iteration}`,
      startOf(iteration, clock),
      timestamp,
    );
  } else if (clock !== undefined) {
    notes.push(
      `The release says an iteration lasts ${retention.period} s, not ${clock.period} s; the release's word is taken, and the genesis time could not be computed beforehand.`,
    );
  }

  const fork = forkAt(config, 0);
  compare(
    "forks",
    `genesis.ssz fork version (${fork.name} by config.yaml)`,
    lower(fork.version),
    lower(state.forkVersion),
  );
  compareBlobs(bundle, (what, expected, found) => compare("forks", what, expected, found));

  compare(
    "deposit-contract",
    "genesis.json depositContractAddress",
    lower(config.depositContract),
    lower(genesis.config.depositContractAddress),
  );
  const alloc = accountsOf(genesis.alloc);
  compare(
    "deposit-contract",
    "genesis.json code at that address",
    "present",
    alloc.get(lower(config.depositContract))?.includes("code") ? "present" : "missing",
  );

  for (const sibling of bundle.siblings) compareSibling(sibling, chainId, timestamp, alloc, compare);
  return { comparisons, notes };
}

type Compare = (what: string, expected: string | number, found: string | number) => void;

function compareBlobs({ config, genesis, state }: Bundle, compare: Compare): void {
  const schedule = genesis.config.blobSchedule;
  const prague = schedule.prague?.max;
  if (prague !== undefined) {
    compare("genesis.json blobSchedule.prague.max", config.maxBlobsElectra ?? PRAGUE_MAX_BLOBS, prague);
  }
  const epochSeconds = config.slotsPerEpoch * config.secondsPerSlot;
  const expected = config.blobSchedule.map(
    ({ epoch, max }) => `${max} blobs at ${state.genesisTime + epoch * epochSeconds}`,
  );
  const found = Object.entries(genesis.config)
    .map(([key, time]) => ({ name: /^(bpo\d+)Time$/.exec(key)?.[1], time: Number(time) }))
    .filter(({ name }) => name !== undefined)
    .sort((a, b) => a.time - b.time)
    .map(({ name, time }) => `${schedule[name ?? ""]?.max ?? "unknown"} blobs at ${time}`);
  compare(
    "genesis.json bpo times and blobSchedule (config.yaml BLOB_SCHEDULE)",
    expected.join(", ") || "none",
    found.join(", ") || "none",
  );
}

function compareSibling(
  sibling: Sibling,
  chainId: number,
  timestamp: number,
  alloc: ReadonlyMap<string, string>,
  compare: (check: CheckName, what: string, expected: string | number, found: string | number) => void,
): void {
  compare("siblings", `${sibling.file} chain id`, chainId, sibling.chainId);
  compare("siblings", `${sibling.file} timestamp`, timestamp, sibling.timestamp);
  const accounts = accountsOf(sibling.accounts);
  const different = [...alloc].find(([address, account]) => accounts.get(address) !== account);
  const extra = [...accounts].find(([address]) => !alloc.has(address));
  const [address, account] = different ?? [extra?.[0] ?? "", undefined];
  compare(
    "siblings",
    `${sibling.file} accounts${address === "" ? "" : ` (${address})`}`,
    address === "" ? `${alloc.size} accounts` : (account ?? "absent"),
    address === "" ? `${accounts.size} accounts` : (accounts.get(address) ?? "absent"),
  );
}

/** Accounts in one spelling, so that hex against decimal or upper against lower case is no difference. */
function accountsOf(alloc: Sibling["accounts"]): ReadonlyMap<string, string> {
  const amount = (text: string): string => BigInt(text === "" ? 0 : text).toString();
  return new Map(
    Object.entries(alloc).map(([address, { balance, nonce, code, storage }]) => {
      const slots = Object.entries(storage ?? {}).map(([slot, value]) => `${amount(slot)}=${amount(value)}`);
      const parts = [
        `balance ${amount(balance)}`,
        ...(nonce === undefined || amount(nonce) === "0" ? [] : [`nonce ${amount(nonce)}`]),
        ...(code === undefined || code === "" || code === "0x" ? [] : [`code ${code.toLowerCase()}`]),
        ...(slots.length === 0 ? [] : [`storage ${slots.sort().join(",")}`]),
      ];
      return [`0x${lower(address).replace(/^0x/, "")}`, parts.join(" ")];
    }),
  );
}

const SHOWN = 120;
const short = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/**
 * The verification as a refusal, where a comparison fails.
 *
 * @throws Problem `bundle-refused` that names each failed check and both values.
 */
export function assertVerified(verification: Verification, release: string): void {
  const failed = verification.comparisons.filter((comparison) => !comparison.agrees);
  if (failed.length === 0) return;
  const lines = failed.map(
    ({ check, what, expected, found }) => `  ${check}: ${what} is ${short(found)}, not ${short(expected)}`,
  );
  throw refused(`Release ${release} does not agree with itself:\n${lines.join("\n")}`);
}
