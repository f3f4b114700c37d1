// Every client in full, as golden files in golden/: its image, container and preparations on one fixed
// chain, and what each setting changes of that.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { beaconClients } from "../../../clients/consensus";
import { executionClients } from "../../../clients/execution";
import { preparationsOf, signerOf } from "../../../clients/node";
import {
  type ContainerSpec,
  type Layer,
  type Mount,
  PATHS,
  type Preparation,
  type Signer,
  USERS,
} from "../../../clients/spec";
import { validatorClients } from "../../../clients/validator";
import { INTEGRATED } from "../../../config/keys";
import { expectGolden } from "../../support/golden";
import { CHAIN, settingsOf } from "../../support/node";
import { BASE, placeOf, SITUATIONS, type Situation, specOf } from "../../support/situations";

const CLIENTS = [
  ...Object.entries(executionClients).map(([client, { images }]) => ["execution", client, images] as const),
  ...Object.entries(beaconClients).map(([client, { images }]) => ["beacon", client, images] as const),
  ...Object.entries(validatorClients).map(([client, { images }]) => ["validator", client, images] as const),
  ["validator", INTEGRATED, beaconClients[INTEGRATED].images] as const,
];

const mountOf = ({ volume, readOnly }: Mount): string =>
  `${volume} at ${PATHS[volume]}${readOnly ? ", read-only" : ""}`;
const userOf = (layer: Layer): string => `${USERS[layer].uid}:${USERS[layer].gid}`;

/** Every field of a container, for a reader. */
function readable(spec: ContainerSpec): object {
  const {
    layer,
    client: _,
    entrypoint,
    command,
    mounts,
    p2pPorts,
    endpoints,
    metrics,
    healthcheck,
    stop,
    ...rest
  } = spec;
  return {
    user: userOf(layer),
    entrypoint: entrypoint ?? "the image's",
    command,
    mounts: mounts.map(mountOf),
    peers: p2pPorts.map(({ port, protocol }) => `${port}/${protocol}`),
    apis: endpoints.map(({ port, published }) =>
      published === undefined ? `${port}` : `${port}, published at ${published.address}:${published.port}`,
    ),
    metrics: metrics === undefined ? "none" : `${metrics.port}${metrics.path}`,
    healthcheck: healthcheck.test,
    stop: `${stop.signal}, killed after ${stop.graceSeconds} s`,
    ...rest,
  };
}

function readablePreparation({ entrypoint, mounts, ...rest }: Preparation): object {
  return { ...rest, entrypoint: entrypoint ?? "the image's", mounts: mounts.map(mountOf) };
}

function containerOf(layer: Layer, client: string, situation: Situation): string | undefined {
  const spec = specOf(layer, client, situation);
  return spec && stringify(readable(spec), { lineWidth: 0 });
}

/** Lines that went and lines that came. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const trimmed =
    (sign: string) =>
    (line: string): string =>
      `${sign} ${line.trim().replace(/^- /, "")}`;
  return [
    ...old.filter((line) => !now.includes(line)).map(trimmed("-")),
    ...now.filter((line) => !old.includes(line)).map(trimmed("+")),
  ];
}

/** Its way out of the client and into it, and what it is made of. */
function slashingProtection({ interchange }: Signer): string {
  const { database, place, nothing, failed, exported, imported } = interchange;
  const parts = {
    database,
    place: place ?? "none",
    export: exported(CHAIN, "/keys/interchange/slashing_protection.json"),
    "nothing was signed": nothing?.source ?? "not told",
    import: imported(CHAIN, "/keys/interchange/last.json"),
    "failed all the same": failed?.source ?? "not told",
  };
  return `## Slashing protection\n\n${fenced("yaml", stringify(parts, { lineWidth: 0 }))}`;
}

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
const signs = (client: string): client is Parameters<typeof signerOf>[0] =>
  client === INTEGRATED || Object.hasOwn(validatorClients, client);
const fileOf = (layer: string, client: string): string => `${layer}-${client}.md`;
const FOLDER = join(__dirname, "golden");

test.each(CLIENTS)("the %s client %s is what was reviewed", (layer, client, images) => {
  const base = containerOf(layer, client, {}) ?? "";
  const place = placeOf(layer, client);
  const preparations = preparationsOf(settingsOf({ ...BASE, ...place.clients }), CHAIN)[place.layer] ?? [];
  const situations = Object.entries(SITUATIONS).flatMap(([name, situation]) => {
    const container = containerOf(layer, client, situation);
    const lines = container === undefined ? ["- there is no such container"] : difference(base, container);
    return lines.length === 0 ? [] : [`## ${name}\n\n${fenced("diff", lines.join("\n"))}`];
  });
  const parts = [
    `# ${client}, ${layer}\n`,
    fenced("yaml", stringify({ official: images.official.split("@")[0], local: images.local ?? "none" })),
    "## Container\n",
    fenced("yaml", base),
    "## Before its first start on a chain\n",
    preparations.length === 0
      ? "Nothing.\n"
      : fenced("yaml", stringify(preparations.map(readablePreparation), { lineWidth: 0 })),
    ...(signs(client) && layer === "validator" ? [slashingProtection(signerOf(client))] : []),
    ...situations,
  ];
  expectGolden(join(FOLDER, fileOf(layer, client)), parts.join("\n"));
});

test("there is a golden file for each client, and no other", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(CLIENTS.map(([layer, client]) => fileOf(layer, client)).sort());
});
