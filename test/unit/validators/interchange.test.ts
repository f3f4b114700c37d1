import { wrongWith } from "../../../validators/interchange";

const ROOT = `0x${"04700007fabc8282".repeat(4)}`;
/** The standard's own example, with another root. https://eips.ethereum.org/EIPS/eip-3076 */
const EXAMPLE = {
  metadata: { interchange_format_version: "5", genesis_validators_root: ROOT },
  data: [
    {
      pubkey: `0x${"b845089a1457f811bfc000588fbb4e713669be8ce060ea6be3c6ece09afc3794106c91ca73acda5e5457122d58723bed"}`,
      signed_blocks: [{ slot: "81952", signing_root: `0x${"4f".repeat(32)}` }, { slot: "81951" }],
      signed_attestations: [
        { source_epoch: "2290", target_epoch: "3007", signing_root: `0x${"58".repeat(32)}` },
        { source_epoch: "2290", target_epoch: "3008" },
      ],
    },
  ],
};

test.each([
  ["the standard's example", EXAMPLE],
  ["of nobody", { ...EXAMPLE, data: [] }],
  ["with fields of a client's own", { ...EXAMPLE, data: [{ ...EXAMPLE.data[0], minimal: true }] }],
  [
    "whose root is in capitals",
    { ...EXAMPLE, metadata: { ...EXAMPLE.metadata, genesis_validators_root: `0x${ROOT.slice(2).toUpperCase()}` } },
  ],
])("a file is taken: %s", (_, file) => {
  expect(wrongWith(JSON.stringify(file), ROOT)).toBeUndefined();
});

const [first] = EXAMPLE.data;
test.each<[string, unknown, string]>([
  [
    "of another version",
    { ...EXAMPLE, metadata: { ...EXAMPLE.metadata, interchange_format_version: "4" } },
    "interchange_format_version",
  ],
  ["without a root", { ...EXAMPLE, metadata: { interchange_format_version: "5" } }, "genesis_validators_root"],
  ["without data", { metadata: EXAMPLE.metadata }, "data"],
  ["with a key that is none", { ...EXAMPLE, data: [{ ...first, pubkey: "0xabc" }] }, "pubkey"],
  ["with a slot that is no text", { ...EXAMPLE, data: [{ ...first, signed_blocks: [{ slot: 1 }] }] }, "slot"],
  [
    "with an epoch below 0",
    { ...EXAMPLE, data: [{ ...first, signed_attestations: [{ source_epoch: "-1", target_epoch: "0" }] }] },
    "source_epoch",
  ],
])("a file is refused, with what is wrong: %s", (_, file, part) => {
  expect(wrongWith(JSON.stringify(file), ROOT)).toMatch(/^is not as EIP-3076 has it: /);
  expect(wrongWith(JSON.stringify(file), ROOT)).toContain(part);
});

test("a file that is cut short is no JSON, and one of another chain is named with both roots", () => {
  expect(wrongWith(JSON.stringify(EXAMPLE).slice(0, -1), ROOT)).toBe("is no JSON");
  const other = `0x${"1".repeat(64)}`;
  expect(wrongWith(JSON.stringify(EXAMPLE), other)).toBe(`is of the chain ${ROOT}, not of ${other}`);
});
