// Promise 4: when a validator client looks for a second signer. The job's script runs for real, on folders.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ChainFacts } from "../../chain/facts";
import { DockerHere } from "../support/docker-here";
import { ownFolder } from "../support/folder";
import { answers, mockedNode, PUBKEYS } from "../support/mocked-node";
import { CHAIN, VALIDATORS } from "../support/node";
import { outcome } from "../support/shell";

jest.setTimeout(60_000);

const docker = new DockerHere(join(ownFolder("protect"), "docker"));
const EPOCH = 32 * 12;
const [MINE, OTHERS] = [PUBKEYS, [...PUBKEYS].reverse()];
const line = z.string();

const chainAt = (epoch: number): ChainFacts => ({
  ...CHAIN,
  genesisTime: Math.floor(Date.now() / 1000) - epoch * EPOCH - EPOCH / 2,
});

/** What the job says of a key volume: its command, as it is registered for a node with these keys. */
async function decided(volume: string, epoch: number, pubkeys = MINE, validatorClient = "prysm"): Promise<string> {
  const chain = chainAt(epoch);
  const node = await mockedNode(
    { ...VALIDATORS, validatorClient },
    {
      chain,
      answers: (resource) => {
        if (resource.name === "local-keystores") return { stdout: JSON.stringify({ pubkeys }) };
        return resource.name === "local-keys" ? { name: volume } : answers(resource);
      },
    },
  );
  const { create } = node.named(`local-${chain.generation}-protection`).inputs;
  const { code, stdout, stderr } = await outcome("sh", ["-c", line.parse(create)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

const DATABASES = [
  ["lighthouse", "slashing_protection.sqlite"],
  ["prysm", "validator.db"],
  ["teku", "teku/slashprotection"],
  ["nimbus", "nimbus/slashing_protection.sqlite3"],
  ["lodestar", "lodestar/validator-db"],
] as const;

/** A validator client that has run: it leaves its slashing protection. */
function sign(volume: string, database: string, root = CHAIN.genesisValidatorsRoot): void {
  const folder = join(docker.volume(volume), "slashing", root);
  mkdirSync(join(folder, dirname(database)), { recursive: true });
  writeFileSync(join(folder, database), "");
}

describe("promise 4: a validator client that starts on a running chain without its slashing protection looks for a second signer", () => {
  test.each([
    [0, "off"],
    [1, "on"],
    [100, "on"],
  ])("with a new key volume in epoch %i it is %s", async (epoch, answer) => {
    const volume = `new-${epoch}`;
    docker.volume(volume);
    expect(await decided(volume, epoch)).toBe(answer);
  });

  test.each(DATABASES)("with its own it does not: %s", async (client, database) => {
    await decided(`own-${client}`, 0, MINE, client);
    sign(`own-${client}`, database);
    expect(await decided(`own-${client}`, 100, MINE, client)).toBe("off");
    expect(await decided(`own-${client}`, 101, MINE, client)).toBe("off");
  });

  test("with another client's it does, and for the first one again when that comes back", async () => {
    await decided("client", 0);
    sign("client", "validator.db");
    expect(await decided("client", 100, MINE, "nimbus")).toBe("on");
    sign("client", "nimbus/slashing_protection.sqlite3");
    expect(await decided("client", 101)).toBe("on");
    expect(await decided("client", 102)).toBe("off");
  });

  test("with slashing protection of another chain alone it does", async () => {
    await decided("elsewhere", 0);
    sign("elsewhere", "validator.db", `0x${"9".repeat(64)}`);
    expect(await decided("elsewhere", 100)).toBe("on");
  });

  test("with slashing protection of other keys it does, and for the first ones again when they come back", async () => {
    await decided("changed", 0);
    sign("changed", "validator.db");
    expect(await decided("changed", 100, OTHERS)).toBe("on");
    expect(await decided("changed", 101, MINE)).toBe("on");
  });

  test("that it was asked is not that it signed: without a database it still does", async () => {
    docker.volume("asked");
    await decided("asked", 100);
    expect(await decided("asked", 101)).toBe("on");
  });
});

test("nothing else in the key volume is touched", async () => {
  const folder = docker.volume("kept");
  writeFileSync(join(folder, "password.txt"), "kept");
  await decided("kept", 3);
  expect(existsSync(join(folder, "password.txt"))).toBe(true);
  rmSync(folder, { recursive: true });
});
