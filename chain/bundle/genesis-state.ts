// What genesis.ssz says, read without knowing its fork: the fields every
// BeaconState since Bellatrix has at the same place.

/** The consensus genesis, as far as it identifies a chain. Hex strings carry 0x. */
export interface GenesisState {
  /** Unix seconds. */
  readonly genesisTime: number;
  readonly genesisValidatorsRoot: string;
  /** Fork version the chain starts with. */
  readonly forkVersion: string;
  /** `eth1_data.block_hash`: the execution genesis. */
  readonly eth1BlockHash: string;
  /** Hash tree root of the validators, to be compared with genesisValidatorsRoot. */
  readonly validatorsRoot: string;
  /** Withdrawal credentials of validator 0, whose address encodes the iteration. */
  readonly firstWithdrawalCredentials: string;
  /** Block hash in the latest execution payload header. */
  readonly payloadBlockHash: string;
  /** Timestamp in that header, unix seconds. */
  readonly payloadTime: number;
}

// Offsets of the fixed part (consensus-specs, BeaconState of Bellatrix to Fulu with the mainnet preset):
// time 8, root 32, slot 8, fork 16, block header 112, block roots and state roots 8192 × 32 each.
const AT = {
  genesisTime: 0,
  genesisValidatorsRoot: 8,
  currentVersion: 52,
  eth1Data: 8 + 32 + 8 + 16 + 112 + 2 * 8192 * 32 + 4,
} as const;
const ETH1_BLOCK_HASH = AT.eth1Data + 32 + 8;
const VALIDATORS_OFFSET = AT.eth1Data + 72 + 4 + 8;
const BALANCES_OFFSET = VALIDATORS_OFFSET + 4;
// … balances offset, randao mixes 65536 × 32, slashings 8192 × 8, two participation offsets, justification bits 1,
// three checkpoints of 40, inactivity scores offset, two sync committees of 513 × 48.
const PAYLOAD_HEADER_OFFSET = BALANCES_OFFSET + 4 + 65536 * 32 + 8192 * 8 + 8 + 1 + 120 + 4 + 2 * 513 * 48;
/** In the payload header: parent hash, fee recipient, three roots and bloom, randao, three numbers. */
const PAYLOAD_TIME = 32 + 20 + 32 + 32 + 256 + 32 + 8 + 8 + 8;
/** … then timestamp 8, extra data offset 4, base fee 32. */
const PAYLOAD_BLOCK_HASH = PAYLOAD_TIME + 8 + 4 + 32;
const VALIDATOR_BYTES = 121;

interface Validators {
  readonly root: Uint8Array;
  readonly firstWithdrawalCredentials: Uint8Array | undefined;
}

/** @chainsafe/ssz is ESM only and large, and needed once an iteration: it is loaded when a state is read. */
async function readValidators(bytes: Uint8Array): Promise<Validators> {
  const { BooleanType, ByteVectorType, ContainerType, ListCompositeType, UintNumberType } = await import(
    "@chainsafe/ssz"
  );
  const uint64 = new UintNumberType(8, { clipInfinity: true });
  const validator = new ContainerType({
    pubkey: new ByteVectorType(48),
    withdrawalCredentials: new ByteVectorType(32),
    effectiveBalance: uint64,
    slashed: new BooleanType(),
    activationEligibilityEpoch: uint64,
    activationEpoch: uint64,
    exitEpoch: uint64,
    withdrawableEpoch: uint64,
  });
  const list = new ListCompositeType(validator, 2 ** 40);
  const validators = list.deserialize(bytes);
  return {
    root: list.hashTreeRoot(validators),
    firstWithdrawalCredentials: validators[0]?.withdrawalCredentials,
  };
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

/** A state that is cut short or laid out otherwise. */
export class UnreadableState extends Error {}

/**
 * Reads a genesis state of any fork from Bellatrix to Fulu.
 *
 * @throws UnreadableState when the bytes are not such a state.
 */
export async function readGenesisState(bytes: Uint8Array): Promise<GenesisState> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = (at: number): number => view.getUint32(at, true);
  const number = (at: number): number => Number(view.getBigUint64(at, true));
  if (bytes.length < PAYLOAD_HEADER_OFFSET + 4) throw new UnreadableState(`it has only ${bytes.length} bytes`);
  const validatorsAt = offset(VALIDATORS_OFFSET);
  const balancesAt = offset(BALANCES_OFFSET);
  const payloadAt = offset(PAYLOAD_HEADER_OFFSET);
  const ordered = validatorsAt < balancesAt && balancesAt < payloadAt;
  const inside = payloadAt + PAYLOAD_BLOCK_HASH + 32 <= bytes.length;
  if (!ordered || !inside || (balancesAt - validatorsAt) % VALIDATOR_BYTES !== 0) {
    throw new UnreadableState("its offsets are not those of a beacon state with the mainnet preset");
  }
  const validators = await readValidators(bytes.subarray(validatorsAt, balancesAt));
  if (!validators.firstWithdrawalCredentials) throw new UnreadableState("it has no validators");
  const slice = (at: number, length: number): string => hex(bytes.subarray(at, at + length));
  return {
    genesisTime: number(AT.genesisTime),
    genesisValidatorsRoot: slice(AT.genesisValidatorsRoot, 32),
    forkVersion: slice(AT.currentVersion, 4),
    eth1BlockHash: slice(ETH1_BLOCK_HASH, 32),
    validatorsRoot: hex(validators.root),
    firstWithdrawalCredentials: hex(validators.firstWithdrawalCredentials),
    payloadBlockHash: slice(payloadAt + PAYLOAD_BLOCK_HASH, 32),
    payloadTime: number(payloadAt + PAYLOAD_TIME),
  };
}
