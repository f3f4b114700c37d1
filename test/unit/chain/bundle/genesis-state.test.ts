// What is read from a genesis.ssz, against the same bytes read as consensus-specs defines them.

import fc from "fast-check";
import { type GenesisState, readGenesisState, UnreadableState } from "../../../../chain/bundle/genesis-state";
import { type ForkName, hex, STATES, type State, validators } from "../../../support/beacon-state";
import { BUNDLES, FULU_166, filesOf, type TestBundle } from "../../../support/bundles";

const FORKS: readonly ForkName[] = ["bellatrix", "capella", "deneb", "electra", "fulu"];
const forkOf = ({ profile }: TestBundle): ForkName => (profile.startsWith("electra") ? "electra" : "fulu");
const stateOf = (bundle: TestBundle): Uint8Array => filesOf(bundle).get("genesis.ssz") ?? new Uint8Array();

/** What has to be found in a state. */
const facts = (state: State): GenesisState => ({
  genesisTime: state.genesisTime,
  genesisValidatorsRoot: hex(state.genesisValidatorsRoot),
  forkVersion: hex(state.fork.currentVersion),
  eth1BlockHash: hex(state.eth1Data.blockHash),
  validatorsRoot: hex(validators.hashTreeRoot(state.validators)),
  firstWithdrawalCredentials: hex(state.validators[0]?.withdrawalCredentials ?? new Uint8Array()),
  payloadBlockHash: hex(state.latestExecutionPayloadHeader.blockHash),
  payloadTime: state.latestExecutionPayloadHeader.timestamp,
});

describe.each(BUNDLES)("the state of $name, made by prysmctl,", (bundle) => {
  test("says what its fork's own definition reads from it", async () => {
    const bytes = stateOf(bundle);
    expect(await readGenesisState(bytes)).toEqual(facts(STATES[forkOf(bundle)].read(bytes)));
  });

  test("carries the root of its validators, as prysmctl computed it, and the iteration in the first of them", async () => {
    const state = await readGenesisState(stateOf(bundle));
    expect(state.validatorsRoot).toBe(state.genesisValidatorsRoot);
    expect(state.firstWithdrawalCredentials).toBe(`0x01${bundle.iteration.toString(16).padStart(62, "0")}`);
  });
});

describe("a state of any fork", () => {
  const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
  const time = fc.nat(2 ** 40);
  const validator = fc.record({
    pubkey: bytes(48),
    withdrawalCredentials: bytes(32),
    effectiveBalance: fc.constant(32e9),
    slashed: fc.boolean(),
    activationEligibilityEpoch: time,
    activationEpoch: time,
    exitEpoch: fc.constantFrom(0, Number.POSITIVE_INFINITY),
    withdrawableEpoch: time,
  });
  const filled = fc.record({
    genesisTime: time,
    root: bytes(32),
    version: bytes(4),
    eth1: bytes(32),
    payload: bytes(32),
    payloadTime: time,
    extraData: fc.uint8Array({ maxLength: 32 }),
    validators: fc.array(validator, { minLength: 1, maxLength: 4 }),
    historicalRoots: fc.array(bytes(32), { maxLength: 3 }),
  });

  test.each(FORKS)("is read alike: %s", async (fork) => {
    await fc.assert(
      fc.asyncProperty(filled, async (values) => {
        const state = STATES[fork].empty();
        state.genesisTime = values.genesisTime;
        state.genesisValidatorsRoot = values.root;
        state.fork.currentVersion = values.version;
        state.eth1Data.blockHash = values.eth1;
        state.latestExecutionPayloadHeader.blockHash = values.payload;
        state.latestExecutionPayloadHeader.timestamp = values.payloadTime;
        state.latestExecutionPayloadHeader.extraData = values.extraData;
        state.validators = values.validators;
        state.balances = values.validators.map(() => 32e9);
        state.historicalRoots = values.historicalRoots;
        expect(await readGenesisState(STATES[fork].serialize(state))).toEqual(facts(state));
      }),
      { numRuns: 4 },
    );
  });

  test("without validators is refused", async () => {
    const bytes = STATES.fulu.serialize(STATES.fulu.empty());
    await expect(readGenesisState(bytes)).rejects.toBeInstanceOf(UnreadableState);
  });
});

describe("bytes that are no state are refused", () => {
  const whole = stateOf(FULU_166);
  /** The payload header, in which the last thing to be read is, is about the last of the state of 65 validators. */
  const headerEnd = whole.length - 2_000;

  test("cut short anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(headerEnd), async (length) => {
        await expect(readGenesisState(whole.subarray(0, length))).rejects.toBeInstanceOf(UnreadableState);
      }),
    );
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["zeros", new Uint8Array(whole.length)],
    ["ones", new Uint8Array(whole.length).fill(0xff)],
    ["shifted by a byte", whole.subarray(1)],
    ["JSON", new Uint8Array(Buffer.from('{"version":"fulu"}'))],
  ])("%s", async (_, bytes) => {
    await expect(readGenesisState(bytes)).rejects.toBeInstanceOf(UnreadableState);
  });
});
