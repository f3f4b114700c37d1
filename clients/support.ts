// Which clients there are, how each was tested, what it needs and what can't be set for it: for those who choose one.

import {
  type BEACON_CLIENTS,
  type EXECUTION_CLIENTS,
  INTEGRATED,
  type KeyName,
  type VALIDATOR_CLIENTS,
} from "../config/keys";
import { sizingOf, TIERS } from "../config/sizing";
import { beaconClients } from "./consensus";
import { executionClients } from "./execution";
import { FORKS, type Fork, minimumsOf } from "./forks";
import { digestsOf, type ImageName, lock } from "./images";
import { beaconPeers, dialledOf, executionPeers, type PeerDefaults } from "./peers";
import { type ClientImages, LAYERS, type Layer } from "./spec";
import { validatorClients } from "./validator";
import { versionOf } from "./versions";

/** How far a client was tested here, and in words what that means. */
export const TESTED = {
  run: "really run, in rehearsals with resets",
  flags: "its arguments were held against the options that the program or its package declares; never run on a chain",
  rendered: "its command was read and compared with its documents and sources; never started",
} as const;
export type Tested = keyof typeof TESTED;

interface Row {
  readonly image: ImageName;
  readonly tested: Tested;
  /** Keys of the configuration that change nothing of it. */
  readonly notSettable: readonly KeyName[];
}

const row = (image: ImageName, tested: Tested, ...notSettable: readonly KeyName[]): Row => ({
  image,
  tested,
  notSettable,
});

/** The version whose package declares the options, where a client's arguments were held against them. */
const DECLARED: Readonly<Partial<Record<ImageName, string>>> = { lodestar: "1.44.0" };

/** The one table of it. A test holds what can't be set against the commands themselves. */
const SUPPORT: {
  readonly execution: Readonly<Record<(typeof EXECUTION_CLIENTS)[number], Row>>;
  readonly beacon: Readonly<Record<(typeof BEACON_CLIENTS)[number], Row>>;
  readonly validator: Readonly<Record<(typeof VALIDATOR_CLIENTS)[number] | typeof INTEGRATED, Row>>;
} = {
  execution: {
    geth: row("geth", "run"),
    nethermind: row("nethermind", "rendered"),
    besu: row("besu", "rendered"),
    erigon: row("erigon", "rendered"),
    reth: row("reth", "rendered"),
  },
  beacon: {
    lighthouse: row("lighthouse", "rendered"),
    prysm: row("prysm-beacon", "run"),
    teku: row("teku", "rendered"),
    nimbus: row("nimbus-beacon", "rendered", "beaconQuicPort"),
    lodestar: row("lodestar", "flags"),
    grandine: row("grandine", "rendered"),
  },
  validator: {
    lighthouse: row("lighthouse", "rendered"),
    prysm: row("prysm-validator", "run"),
    teku: row("teku", "rendered"),
    nimbus: row("nimbus-validator", "rendered"),
    lodestar: row("lodestar", "flags"),
    grandine: row("grandine", "rendered"),
  },
};

export interface Supported {
  readonly layer: Layer;
  readonly client: string;
  /** The pinned one. */
  readonly version: string;
  /** Name of its image in the lock. */
  readonly image: ImageName;
  /** Whether its image is pinned by its digest, beside its tag. */
  readonly digest: boolean;
  readonly tested: Tested;
  /** The version that was run or whose options were read, where that is another than the pinned one; null otherwise. */
  readonly testedVersion: string | null;
  /** MiB on the smallest and on the largest host of the sizing table, without validators. */
  readonly memory: { readonly least: number; readonly most: number };
  readonly notSettable: readonly KeyName[];
  /** undefined: a validator client has none. */
  readonly peers: PeerSupport | undefined;
  /** The oldest version that knows a fork, as far as it is known. */
  readonly minimums: Readonly<Partial<Record<Fork, string>>>;
}

/** Peers by the client's own default, and what the sizing table makes of it on the smallest and on the largest host. */
export interface PeerSupport extends PeerRange {
  /** Those of them that the client dials; null: no flag of it sets that. */
  readonly dialled: PeerRange | null;
}

export interface PeerRange {
  readonly byDefault: number;
  readonly least: number;
  readonly most: number;
}

interface Module {
  readonly images: ClientImages;
  readonly leastMemory?: number;
  readonly peers?: PeerDefaults;
}

const MODULES: Readonly<Record<Layer, Readonly<Record<string, Module>>>> = {
  execution: executionClients,
  beacon: beaconClients,
  // Those that run inside of a beacon node are of its image.
  validator: { ...validatorClients, [INTEGRATED]: beaconClients[INTEGRATED] },
};

function peersOf(layer: Layer, peers: PeerDefaults | undefined): PeerSupport | undefined {
  if (layer === "validator" || !peers) return undefined;
  const { total, dialled } = peers;
  const target = layer === "execution" ? executionPeers : beaconPeers;
  const targets = TIERS.map(({ from }) => target(peers, sizingOf(from, 0)));
  const range = (byDefault: number, of: (target: number) => number): PeerRange => ({
    byDefault,
    least: of(Math.min(...targets)),
    most: of(Math.max(...targets)),
  });
  return {
    ...range(total, (each) => each),
    dialled: dialled ? range(dialled.number, (each) => dialledOf(each, dialled)) : null,
  };
}

/** Every client, by layer, in the order of the settings. */
export function supported(): readonly Supported[] {
  return LAYERS.flatMap((layer) =>
    Object.entries(SUPPORT[layer]).map(([client, { image, tested, notSettable }]): Supported => {
      const known = MODULES[layer][client];
      const version = versionOf(known?.images.official ?? "") ?? lock.images[image].tag;
      const tried = { run: versionOf(known?.images.local ?? ""), flags: DECLARED[image], rendered: version }[tested];
      const limits = TIERS.map(({ from }) => Math.max(sizingOf(from, 0)[layer].memory, known?.leastMemory ?? 0));
      return {
        layer,
        client,
        version,
        image,
        digest: digestsOf(lock.images[image]) !== undefined,
        tested,
        testedVersion: tried === undefined || tried === version ? null : tried,
        memory: { least: Math.min(...limits), most: Math.max(...limits) },
        notSettable,
        peers: peersOf(layer, known?.peers),
        minimums: minimumsOf(layer, client),
      };
    }),
  );
}

const TITLES: Readonly<Record<Layer, string>> = {
  execution: "Execution clients",
  beacon: "Beacon nodes",
  validator: "Validator clients",
};

/** How one was tested, with the version where that is another than the pinned one. */
export const testedText = ({ tested, testedVersion }: Supported): string =>
  testedVersion === null ? tested : `${tested} (${testedVersion})`;

const rangeText = ({ least, most }: { readonly least: number; readonly most: number }): string =>
  least === most ? `${least}` : `${least} to ${most}`;

/** MiB. */
export const memoryText = ({ memory }: Supported): string => rangeText(memory);

/** Peers it aims at, with its own default; nothing for those that have none. */
export const peersText = ({ peers }: Supported): string => (peers ? `${rangeText(peers)} (${peers.byDefault})` : "");

/** The same of those that it dials. */
export function dialledText({ peers }: Supported): string {
  if (!peers) return "";
  return peers.dialled ? `${rangeText(peers.dialled)} (${peers.dialled.byDefault})` : "not settable";
}

/** The table as Markdown, for docs/clients.md. */
export function supportTables(): string {
  const rows = supported();
  const layers = LAYERS.flatMap((layer) => [
    `### ${TITLES[layer]}`,
    "",
    `| Client | Pinned version | Tested | Memory limit, MiB | Peers | Of them dialled | Not settable |${FORKS.map((fork) => ` ${fork} from |`).join("")}`,
    `|${"---|".repeat(7 + FORKS.length)}`,
    ...rows
      .filter((each) => each.layer === layer)
      .map((each) => {
        const idle = each.notSettable.map((key) => `\`${key}\``).join(", ");
        const forks = FORKS.map((fork) => ` ${each.minimums[fork] ?? ""} |`).join("");
        return `| \`${each.client}\` | ${each.version} | ${testedText(each)} | ${memoryText(each)} | ${peersText(each)} | ${dialledText(each)} | ${idle} |${forks}`;
      }),
    "",
  ]);
  const legend = Object.entries(TESTED).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);
  return [...layers, ...legend].join("\n");
}
