// Deposits are those ethstaker-deposit signs, which the deposit contract and every client take.

import { addressCredentials, depositData } from "../../../validators/deposit";
import { deriveKey, seedOf } from "../../../validators/derivation";
import { MNEMONIC } from "../../support/node";
import { ETHSTAKER_DEPOSIT, FORK_VERSION, WITHDRAWAL_ADDRESS } from "./vectors";

let seed: Uint8Array;
beforeAll(async () => {
  seed = await seedOf(MNEMONIC);
});

const withdrawalCredentials = addressCredentials(WITHDRAWAL_ADDRESS);

test("deposits have the roots and signatures ethstaker-deposit gives them, in the order asked for", async () => {
  const deposits = ETHSTAKER_DEPOSIT.map(({ index, amount }) => ({
    key: deriveKey(seed, index),
    withdrawalCredentials,
    amount,
  }));
  const expected = ETHSTAKER_DEPOSIT.map(({ index: _, path: __, secretKey: ___, ...deposit }) => ({
    ...deposit,
    fork_version: "1000101b",
    network_name: "ephemery",
    deposit_cli_version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  }));
  expect(await depositData(deposits, FORK_VERSION, "ephemery")).toEqual(expected);
});

test("a deposit holds on chains of its fork version alone", async () => {
  const deposit = { key: deriveKey(seed, 0), withdrawalCredentials, amount: 32_000_000_000 };
  const [ephemery] = await depositData([deposit], FORK_VERSION, "ephemery");
  const [mainnet] = await depositData([deposit], "0x00000000", "mainnet");
  expect(mainnet?.signature).not.toBe(ephemery?.signature);
  expect(mainnet?.deposit_message_root).toBe(ephemery?.deposit_message_root);
  expect(mainnet).toMatchObject({ fork_version: "00000000", network_name: "mainnet" });
});

test("an address becomes credentials of the 0x01 kind, with or without 0x and in any case", () => {
  const expected = "0x010000000000000000000000f39fd6e51aad88f6f4ce6ab8827279cfffb92266";
  for (const address of [WITHDRAWAL_ADDRESS, WITHDRAWAL_ADDRESS.slice(2), WITHDRAWAL_ADDRESS.toLowerCase()])
    expect(addressCredentials(address)).toBe(expected);
});
