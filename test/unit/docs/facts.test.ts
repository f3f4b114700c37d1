// Tables of the documents that repeat what the code decides.

import { readdirSync } from "node:fs";
import { CHECKS } from "../../../chain/bundle/verify";
import { LAYERS, PATHS, USERS } from "../../../clients/spec";
import { KEYS } from "../../../config/keys";
import { PROFILES } from "../../../rehearsal/profile";
import { networkName, nodeAddresses, seedAddresses, sourceUrl } from "../../../rehearsal/topology";
import { ROOT } from "../../../toolchain/paths";
import {
  CLI_RECIPES,
  CLIENT_RECIPES,
  PLUGIN_RECIPES,
  PLUGIN_VERSIONS,
  PULUMI_VERSION,
} from "../../../toolchain/recipes";
import { read, rowsOf, section } from "../../support/docs";
import { unionOf } from "../../support/types";

const readme = read("README.md");
const rehearsal = read("docs/rehearsal.md");

test("docs/verification.md has the seven checks in the order they run", () => {
  const rows = rowsOf(section(read("docs/verification.md"), "The seven checks"));
  expect(rows.map(([name]) => name)).toEqual(Object.keys(CHECKS));
  expect(rows).toHaveLength(7);
});

test("docs/rehearsal.md has the profiles with their values", () => {
  const rows = rowsOf(section(rehearsal, "Profiles"));
  expect(rows.map((row) => row.slice(0, 7))).toEqual(
    Object.entries(PROFILES).map(([name, profile]) => [
      name,
      profile.fork,
      `${profile.secondsPerSlot} s`,
      `${profile.slotsPerEpoch}`,
      `${profile.delay} s`,
      `${profile.period} s`,
      `${profile.validators}`,
    ]),
  );
});

test("docs/rehearsal.md has the addresses of the dev stack's rehearsal", () => {
  const text = section(rehearsal, "Addresses");
  const { execution, beacon } = nodeAddresses("10.213.39");
  const seed = seedAddresses("10.213.39");
  for (const address of [execution, beacon, seed.execution, seed.beacon, sourceUrl(39438), networkName("<name>")])
    expect(text).toContain(address);
  for (const address of [execution, beacon, sourceUrl(39438)]) expect(read("Pulumi.dev.yaml")).toContain(address);
});

test("the README has each layer's user and the ports it publishes", () => {
  const rows = new Map(rowsOf(section(readme, "What runs where")).map((row) => [row[0], row]));
  const { executionP2pPort, beaconP2pPort, beaconQuicPort } = KEYS;
  const published = {
    execution: `${executionP2pPort.default} TCP and UDP`,
    beacon: `${beaconP2pPort.default} TCP and UDP, ${beaconQuicPort.default} UDP`,
    validator: "nothing",
  };
  for (const layer of LAYERS) {
    const { uid, gid } = USERS[layer];
    expect(rows.get(layer)).toEqual([layer, `${uid}:${gid}`, expect.any(String), published[layer]]);
  }
});

test("the README has every volume, and where it is mounted", () => {
  const volumes = unionOf("components/names.ts", "Role").filter(
    (role) => !role.endsWith("-network") && !["job", "probe", ...LAYERS].includes(role),
  );
  const rows = rowsOf(section(readme, "What runs where")).filter(([, path = ""]) => path.startsWith("/"));
  const listed = new Map(rows.flatMap(([names = "", path = ""]) => names.split(", ").map((name) => [name, path])));
  expect([...listed.keys()].sort()).toEqual(volumes.sort());
  const paths: Readonly<Record<string, string>> = PATHS;
  for (const [name, path] of listed) expect(path.split(",")[0]).toBe(paths[name] ?? PATHS.chain);
});

test("docs/architecture.md has every room", () => {
  const rooms = rowsOf(section(read("docs/architecture.md"), "Rooms")).flatMap(
    ([names = ""]) => names.match(/\b[\w-]+(?=\/)/g) ?? [],
  );
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(
    (each) => each.isDirectory() && /^[a-z]/.test(each.name),
  );
  const others = ["bin", "coverage", "docs", "node_modules"];
  expect([...new Set(rooms)].sort()).toEqual(
    folders
      .map(({ name }) => name)
      .filter((name) => !others.includes(name))
      .sort(),
  );
});

const recipes = [...CLI_RECIPES, ...Object.values(PLUGIN_RECIPES), ...Object.values(CLIENT_RECIPES)];

test.each(recipes.map(({ name, version }) => [name, version]))("toolchain/README.md has %s %s", (name, version) => {
  const row = rowsOf(section(read("toolchain/README.md"), "What is built")).find(([program]) => program === name);
  expect(row?.[1]?.split(" ")).toContain(version);
});

test("the plugins have the versions of the npm packages, and CI has the CLI of set-up", () => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(read("package.json"));
  for (const [name, version] of Object.entries(PLUGIN_VERSIONS)) expect(dependencies[`@pulumi/${name}`]).toBe(version);
  expect(read(".github/workflows/preview.yml")).toContain(`pulumi-version: ${PULUMI_VERSION}`);
});
