// BeaconState of each fork as consensus-specs defines it (mainnet preset), so that tests read and change a
// genesis.ssz by field names, without the offsets that chain/bundle/genesis-state.ts counts out.

import {
  BitVectorType,
  BooleanType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
  VectorBasicType,
  VectorCompositeType,
} from "@chainsafe/ssz";

const uint8 = new UintNumberType(1);
const uint64 = new UintNumberType(8, { clipInfinity: true });
const uint256 = new UintBigintType(32);
const bytes = (length: number): ByteVectorType => new ByteVectorType(length);
const bytes32 = bytes(32);
const LIMIT = 2 ** 40;

const fork = new ContainerType({ previousVersion: bytes(4), currentVersion: bytes(4), epoch: uint64 });
const blockHeader = new ContainerType({
  slot: uint64,
  proposerIndex: uint64,
  parentRoot: bytes32,
  stateRoot: bytes32,
  bodyRoot: bytes32,
});
const eth1Data = new ContainerType({ depositRoot: bytes32, depositCount: uint64, blockHash: bytes32 });
const validator = new ContainerType({
  pubkey: bytes(48),
  withdrawalCredentials: bytes32,
  effectiveBalance: uint64,
  slashed: new BooleanType(),
  activationEligibilityEpoch: uint64,
  activationEpoch: uint64,
  exitEpoch: uint64,
  withdrawableEpoch: uint64,
});
export const validators = new ListCompositeType(validator, LIMIT);
const checkpoint = new ContainerType({ epoch: uint64, root: bytes32 });
const syncCommittee = new ContainerType({
  pubkeys: new VectorCompositeType(bytes(48), 512),
  aggregatePubkey: bytes(48),
});

const bellatrixHeader = {
  parentHash: bytes32,
  feeRecipient: bytes(20),
  stateRoot: bytes32,
  receiptsRoot: bytes32,
  logsBloom: bytes(256),
  prevRandao: bytes32,
  blockNumber: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: new ByteListType(32),
  baseFeePerGas: uint256,
  blockHash: bytes32,
  transactionsRoot: bytes32,
};
const capellaHeader = { ...bellatrixHeader, withdrawalsRoot: bytes32 };
const denebHeader = { ...capellaHeader, blobGasUsed: uint64, excessBlobGas: uint64 };

const untilHeader = {
  genesisTime: uint64,
  genesisValidatorsRoot: bytes32,
  slot: uint64,
  fork,
  latestBlockHeader: blockHeader,
  blockRoots: new VectorCompositeType(bytes32, 8192),
  stateRoots: new VectorCompositeType(bytes32, 8192),
  historicalRoots: new ListCompositeType(bytes32, 2 ** 24),
  eth1Data,
  eth1DataVotes: new ListCompositeType(eth1Data, 2048),
  eth1DepositIndex: uint64,
  validators,
  balances: new ListBasicType(uint64, LIMIT),
  randaoMixes: new VectorCompositeType(bytes32, 65_536),
  slashings: new VectorBasicType(uint64, 8192),
  previousEpochParticipation: new ListBasicType(uint8, LIMIT),
  currentEpochParticipation: new ListBasicType(uint8, LIMIT),
  justificationBits: new BitVectorType(4),
  previousJustifiedCheckpoint: checkpoint,
  currentJustifiedCheckpoint: checkpoint,
  finalizedCheckpoint: checkpoint,
  inactivityScores: new ListBasicType(uint64, LIMIT),
  currentSyncCommittee: syncCommittee,
  nextSyncCommittee: syncCommittee,
};
const sinceCapella = {
  nextWithdrawalIndex: uint64,
  nextWithdrawalValidatorIndex: uint64,
  historicalSummaries: new ListCompositeType(
    new ContainerType({ blockSummaryRoot: bytes32, stateSummaryRoot: bytes32 }),
    2 ** 24,
  ),
};
const sinceElectra = {
  depositRequestsStartIndex: uint64,
  depositBalanceToConsume: uint64,
  exitBalanceToConsume: uint64,
  earliestExitEpoch: uint64,
  consolidationBalanceToConsume: uint64,
  earliestConsolidationEpoch: uint64,
  pendingDeposits: new ListCompositeType(
    new ContainerType({
      pubkey: bytes(48),
      withdrawalCredentials: bytes32,
      amount: uint64,
      signature: bytes(96),
      slot: uint64,
    }),
    2 ** 27,
  ),
  pendingPartialWithdrawals: new ListCompositeType(
    new ContainerType({ validatorIndex: uint64, amount: uint64, withdrawableEpoch: uint64 }),
    2 ** 27,
  ),
  pendingConsolidations: new ListCompositeType(
    new ContainerType({ sourceIndex: uint64, targetIndex: uint64 }),
    2 ** 18,
  ),
};

const header = <H extends typeof bellatrixHeader>(fields: H) => ({
  latestExecutionPayloadHeader: new ContainerType(fields),
});

const bellatrix = new ContainerType({ ...untilHeader, ...header(bellatrixHeader) });
const capella = new ContainerType({ ...untilHeader, ...header(capellaHeader), ...sinceCapella });
const deneb = new ContainerType({ ...untilHeader, ...header(denebHeader), ...sinceCapella });
const electra = new ContainerType({ ...untilHeader, ...header(denebHeader), ...sinceCapella, ...sinceElectra });
const fulu = new ContainerType({
  ...untilHeader,
  ...header(denebHeader),
  ...sinceCapella,
  ...sinceElectra,
  proposerLookahead: new VectorBasicType(uint64, 64),
});

export type ForkName = "bellatrix" | "capella" | "deneb" | "electra" | "fulu";

/** The fields that tests read and change; every fork has them. */
export type State = ReturnType<typeof bellatrix.defaultValue>;

/** Reads a state, lets it be changed, and gives the bytes again. */
interface Editor {
  readonly empty: () => State;
  readonly serialize: (state: State) => Uint8Array;
  readonly read: (bytes: Uint8Array) => State;
  readonly edit: (bytes: Uint8Array, change: (state: State) => void) => Uint8Array;
}

function editor<T extends State>(type: {
  defaultValue(): T;
  serialize(value: T): Uint8Array;
  deserialize(bytes: Uint8Array): T;
}): Editor {
  return {
    empty: () => type.defaultValue(),
    read: (bytes) => type.deserialize(bytes),
    serialize: (state) => type.serialize({ ...type.defaultValue(), ...state }),
    edit: (bytes, change) => {
      const state = type.deserialize(bytes);
      change(state);
      return type.serialize(state);
    },
  };
}

export const STATES: Readonly<Record<ForkName, Editor>> = {
  bellatrix: editor(bellatrix),
  capella: editor(capella),
  deneb: editor(deneb),
  electra: editor(electra),
  fulu: editor(fulu),
};

export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/^0x/, ""), "hex"));
export const hex = (value: Uint8Array): string => `0x${Buffer.from(value).toString("hex")}`;
