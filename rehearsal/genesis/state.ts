// genesis.ssz of a rehearsal, made by prysmctl from signed deposits.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../config/problem";
import type { HostChannel } from "../../operations/host/channel";
import type { DepositData } from "../../validators/deposit";
import type { Profile } from "../profile";
import { type ActiveValidator, firstProposers } from "./proposers";

export interface StateInput {
  readonly profile: Profile;
  readonly executionGenesisTime: number;
  readonly genesisJson: string;
  readonly configYaml: string;
  readonly deposits: readonly DepositData[];
  /** Where prysmctl runs; it shares files with this machine. */
  readonly host: HostChannel;
  /** Image of prysmctl. */
  readonly image: string;
}

// Places in a state with the mainnet preset (consensus-specs, BeaconState): chain/bundle/genesis-state.ts has the sum in full.
const HISTORICAL_ROOTS_OFFSET = 524_464;
const VALIDATORS_OFFSET = 524_552;
const BALANCES_OFFSET = 524_556;
const RANDAO_MIXES = 524_560;
const VALIDATOR = { bytes: 121, effectiveBalance: 80, activationEpoch: 97 } as const;

/** Sets slot 0, and in a Fulu state the proposers of the first epochs, which are the last of its fixed fields. */
function finish(state: Uint8Array, { profile, executionGenesisTime }: StateInput): Uint8Array {
  const view = new DataView(state.buffer);
  view.setBigUint64(0, BigInt(executionGenesisTime + profile.delay), true);
  if (profile.fork !== "fulu") return state;
  const offset = (at: number): number => view.getUint32(at, true);
  const validators: ActiveValidator[] = [];
  for (let at = offset(VALIDATORS_OFFSET), index = 0; at < offset(BALANCES_OFFSET); at += VALIDATOR.bytes, index++) {
    if (view.getBigUint64(at + VALIDATOR.activationEpoch, true) !== 0n) continue;
    validators.push({ index, effectiveBalance: view.getBigUint64(at + VALIDATOR.effectiveBalance, true) });
  }
  const mix = (place: number): Uint8Array => state.subarray(RANDAO_MIXES + place * 32, RANDAO_MIXES + place * 32 + 32);
  const proposers = firstProposers(validators, mix, profile.slotsPerEpoch);
  const fixedEnd = offset(HISTORICAL_ROOTS_OFFSET);
  proposers.forEach((index, place) => {
    view.setBigUint64(fixedEnd - (proposers.length - place) * 8, BigInt(index), true);
  });
  return state;
}

/** The real file leaves out what London's first block has by default (EIP-1559); prysmctl wants it said. */
function withBaseFee(genesisJson: string): string {
  return JSON.stringify({ ...JSON.parse(genesisJson), baseFeePerGas: "0x3b9aca00" });
}

/**
 * prysmctl knows one time for both layers. It gets the execution genesis time, which is in the block's hash;
 * slot 0 comes GENESIS_DELAY later and is the first field of the state, outside of everything that is hashed.
 */
export async function genesisState(input: StateInput): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "ephemery-genesis-"));
  try {
    await writeFile(join(folder, "config.yaml"), input.configYaml);
    await writeFile(join(folder, "genesis.json"), withBaseFee(input.genesisJson));
    await writeFile(join(folder, "deposits.json"), JSON.stringify(input.deposits));
    const args = [
      "testnet",
      "generate-genesis",
      `--fork=${input.profile.fork}`,
      "--num-validators=0",
      `--genesis-time=${input.executionGenesisTime}`,
      "--chain-config-file=/work/config.yaml",
      "--deposit-json-file=/work/deposits.json",
      "--geth-genesis-json-in=/work/genesis.json",
      "--geth-genesis-json-out=/work/unused.json",
      "--output-ssz=/work/genesis.ssz",
    ];
    const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
    const result = await input.host.try(
      ["run", "--rm", "--network=none", `--user=${user}`, `--volume=${folder}:/work`, input.image, ...args],
      { timeout: 120_000 },
    );
    const state = result.ok ? await readFile(join(folder, "genesis.ssz")).catch(() => undefined) : undefined;
    if (!state) {
      throw new Problem(
        "rehearsal",
        `prysmctl made no genesis:\n${result.all.split("\n").slice(-8).join("\n")}`,
        "Check `docker info`; the image is built by `bin/ephemery setup`.",
      );
    }
    return finish(new Uint8Array(state), input);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
