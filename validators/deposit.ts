// Deposit data in the form of ethstaker-deposit (staking-deposit-cli), which the
// launchpad, prysmctl and others read.

import { SecretKey } from "@chainsafe/blst";
import type { ValidatorKey } from "./derivation";

export interface DepositData {
  readonly pubkey: string;
  readonly withdrawal_credentials: string;
  readonly amount: number;
  readonly signature: string;
  readonly deposit_message_root: string;
  readonly deposit_data_root: string;
  readonly fork_version: string;
  readonly network_name: string;
  readonly deposit_cli_version: string;
}

/** Version of the format that is written; readers check that there is one. */
const FORMAT_VERSION = "2.7.0";

/** DOMAIN_DEPOSIT (consensus-specs). */
const DOMAIN_DEPOSIT = Uint8Array.of(3, 0, 0, 0);

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ""), "hex"));
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

/** Credentials of an execution address (0x01 prefix). */
export function addressCredentials(address: string): string {
  return `0x010000000000000000000000${address.replace(/^0x/, "").toLowerCase()}`;
}

export interface Deposit {
  readonly key: ValidatorKey;
  /** 0x and 64 hex digits. */
  readonly withdrawalCredentials: string;
  /** Gwei. */
  readonly amount: number;
}

/**
 * Signs deposits for a network. A deposit is valid on every chain with this genesis fork version.
 *
 * @param forkVersion GENESIS_FORK_VERSION, 0x and 8 hex digits.
 */
export async function depositData(
  deposits: readonly Deposit[],
  forkVersion: string,
  network: string,
): Promise<DepositData[]> {
  const { ByteVectorType, ContainerType, UintNumberType } = await import("@chainsafe/ssz");
  const Bytes4 = new ByteVectorType(4);
  const Bytes32 = new ByteVectorType(32);
  const message = {
    pubkey: new ByteVectorType(48),
    withdrawalCredentials: Bytes32,
    amount: new UintNumberType(8),
  };
  const DepositMessage = new ContainerType(message);
  const SignedDeposit = new ContainerType({ ...message, signature: new ByteVectorType(96) });
  const ForkData = new ContainerType({ currentVersion: Bytes4, genesisValidatorsRoot: Bytes32 });
  const SigningData = new ContainerType({ objectRoot: Bytes32, domain: Bytes32 });

  // Deposits are signed before there is a chain: the root in their domain is zero.
  const forkRoot = ForkData.hashTreeRoot({
    currentVersion: bytes(forkVersion),
    genesisValidatorsRoot: new Uint8Array(32),
  });
  const domain = Uint8Array.from([...DOMAIN_DEPOSIT, ...forkRoot.subarray(0, 28)]);

  return deposits.map(({ key, withdrawalCredentials, amount }) => {
    const fields = { pubkey: bytes(key.pubkey), withdrawalCredentials: bytes(withdrawalCredentials), amount };
    const messageRoot = DepositMessage.hashTreeRoot(fields);
    const signingRoot = SigningData.hashTreeRoot({ objectRoot: messageRoot, domain });
    const signature = SecretKey.fromBytes(key.secretKey).sign(signingRoot).toBytes();
    return {
      pubkey: hex(fields.pubkey),
      withdrawal_credentials: hex(fields.withdrawalCredentials),
      amount,
      signature: hex(signature),
      deposit_message_root: hex(messageRoot),
      deposit_data_root: hex(SignedDeposit.hashTreeRoot({ ...fields, signature })),
      fork_version: hex(bytes(forkVersion)),
      network_name: network,
      deposit_cli_version: FORMAT_VERSION,
    };
  });
}
