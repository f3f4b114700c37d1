// Slashing protection into and out of a real client (EIP-3076): Prysm's, the one that runs here. What goes in comes out.

import { PATHS, slashingFolder, type ToolRun } from "../../clients/spec";
import { toolsImages } from "../../clients/tools";
import { prysm } from "../../clients/validator/prysm";
import { LOCAL_URI } from "../../operations/docker-engine";
import { HostChannel } from "../../operations/host/channel";
import { wrongWith } from "../../validators/interchange";
import { place, sweep } from "../support/machine";
import { CHAIN } from "../support/node";

jest.setTimeout(120_000);

const where = place("interchange");
const host = new HostChannel(LOCAL_URI);
const volume = `ephemery-test-${where.name}`;
const owner = { host: "local", stack: where.name, id: "0badcafe" };
const folder = slashingFolder(CHAIN);
const FILE = `${PATHS.keys}/interchange/slashing_protection.json`;
const { interchange } = prysm;
const images = { tools: toolsImages.local ?? "", prysm: prysm.images.local ?? "" };

const run = (what: string, image: string, { entrypoint, command }: ToolRun): Promise<string> =>
  host.oneShotSaying(what, {
    owner,
    role: "job",
    image,
    network: "none",
    user: "10003:10003",
    mounts: [{ volume, path: PATHS.keys, readOnly: false }],
    entrypoint,
    command,
  });
const sh = (...lines: readonly string[]): Promise<string> =>
  run("a script", images.tools, { entrypoint: undefined, command: ["sh", "-c", ["set -e", ...lines].join("\n")] });

const pubkey = (digit: string): string => `0x${digit.repeat(96)}`;
const root = (digit: string): string => `0x${digit.repeat(64)}`;
const SIGNED = {
  metadata: { interchange_format_version: "5", genesis_validators_root: CHAIN.genesisValidatorsRoot },
  data: ["a", "b"].map((digit) => ({
    pubkey: pubkey(digit),
    signed_blocks: [{ slot: "64", signing_root: root("4") }],
    signed_attestations: [{ source_epoch: "1", target_epoch: "2", signing_root: root("5") }],
  })),
};

beforeAll(async () => {
  await host.docker(["volume", "create", `--label=ephemery.stack=${where.name}`, volume]);
  const script = `chown 10003:10003 ${PATHS.keys}; chmod 0700 ${PATHS.keys}`;
  await host.docker(["run", "--rm", `--volume=${volume}:${PATHS.keys}`, images.tools, "sh", "-c", script]);
});
afterAll(async () => {
  await sweep(`ephemery.stack=${where.name}`);
  where.dispose();
});

const fresh = (): Promise<string> =>
  sh(
    `mkdir -p ${folder}; cd ${folder}`,
    ...interchange.database.map((each) => `rm -rf ${each}`),
    ...(interchange.place ?? []),
  );

test("promise 4: what goes into a new database of Prysm's comes out of it again, under the chain's root", async () => {
  await sh(`mkdir -p ${PATHS.keys}/interchange`, `printf %s '${JSON.stringify(SIGNED)}' > ${PATHS.keys}/in.json`);
  await fresh();
  await run("the import", images.prysm, interchange.imported(CHAIN, `${PATHS.keys}/in.json`));
  expect(await sh(`ls ${folder}/${prysm.slashingDatabase}`)).toContain("validator.db");
  await run("the export", images.prysm, interchange.exported(CHAIN, FILE));
  const text = await sh(`cat ${FILE}`);
  expect(wrongWith(text, CHAIN.genesisValidatorsRoot)).toBeUndefined();
  const out: typeof SIGNED = JSON.parse(text);
  const sorted = [...out.data].sort((one, other) => (one.pubkey < other.pubkey ? -1 : 1));
  expect(sorted).toEqual(SIGNED.data);
});

test("the same file goes into another new one, and the export takes the place of the one before", async () => {
  await fresh();
  await run("the import", images.prysm, interchange.imported(CHAIN, FILE));
  await run("the export", images.prysm, interchange.exported(CHAIN, FILE));
  expect(wrongWith(await sh(`cat ${FILE}`), CHAIN.genesisValidatorsRoot)).toBeUndefined();
});

test("a database in which nothing was ever signed says so, in words that are known", async () => {
  await fresh();
  const empty = { ...SIGNED, data: [] };
  await sh(`printf %s '${JSON.stringify(empty)}' > ${PATHS.keys}/in.json`);
  await run("the import", images.prysm, interchange.imported(CHAIN, `${PATHS.keys}/in.json`)).catch(() => "");
  await expect(run("the export", images.prysm, interchange.exported(CHAIN, FILE))).rejects.toThrow(interchange.nothing);
});
