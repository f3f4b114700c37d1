// Settings as the engine hands them to the program.

import * as pulumi from "@pulumi/pulumi";
import { stackSettings } from "../../../components/program/stack-settings";
import { underMocks } from "../../support/mocks";
import { MNEMONIC, settingsOf, VALIDATORS } from "../../support/node";

const SECRET_KEYS = "PULUMI_CONFIG_SECRET_KEYS";
const before = process.env[SECRET_KEYS];
afterEach(() => {
  if (before === undefined) delete process.env[SECRET_KEYS];
  else process.env[SECRET_KEYS] = before;
});

/** The settings of the stack `test`; the language host says which keys are secret, or does not. */
async function settings(config: Record<string, string>, secret?: readonly string[]) {
  if (secret === undefined) delete process.env[SECRET_KEYS];
  else process.env[SECRET_KEYS] = JSON.stringify(secret);
  const { outputs } = await underMocks(
    async () => {
      pulumi.runtime.setAllConfig(config);
      return stackSettings();
    },
    () => ({}),
  );
  return outputs;
}

const named = (config: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [`ephemery:${key}`, value]));

test("the keys of this project are read, those of others left alone", async () => {
  const config = { ...named(VALIDATORS), "docker:host": "tcp://elsewhere", "pulumi:tags": "x" };
  expect(await settings(config)).toEqual(settingsOf(VALIDATORS));
  expect(await settings({})).toEqual(settingsOf({}));
});

test("promise 9: every mistake is told at once, with the stack it is in", async () => {
  const config = { "ephemery:networc": "ephemery", "ephemery:validatorCount": "many" };
  await expect(settings(config)).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(/stack test has 2 mistakes:.*ephemery:networc.*ephemery:validatorCount/s),
  });
});

test("promise 6: a mnemonic in plain text is refused, where the host tells, and not repeated", async () => {
  const config = named(VALIDATORS);
  expect(await settings(config, ["ephemery:mnemonic"])).toEqual(settingsOf(VALIDATORS));
  const refusal = await settings(config, []).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ code: "config", message: expect.stringContaining("--secret") });
  expect(String(refusal)).not.toContain(MNEMONIC.split(" ")[0]);
});
