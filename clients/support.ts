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
import { type ClientImages, LAYERS, type Layer } from "./spec";
import { validatorClients } from "./validator";
import { versionOf } from "./versions";

/** How far a client was tested here, and in words what that means. */
export const TESTED = {
  run: "really run, in rehearsals with resets",
  flags: "its arguments were held against the real program's; never run on a chain",
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
    lodestar: row("lodestar", "rendered"),
    grandine: row("grandine", "rendered"),
  },
  validator: {
    lighthouse: row("lighthouse", "rendered"),
    prysm: row("prysm-validator", "run"),
    teku: row("teku", "rendered"),
    nimbus: row("nimbus-validator", "rendered"),
    lodestar: row("lodestar", "rendered"),
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
  /** The version that was run, where that is another than the pinned one; null otherwise. */
  readonly testedVersion: string | null;
  /** MiB on the smallest and on the largest host of the sizing table, without validators. */
  readonly memory: { readonly least: number; readonly most: number };
  readonly notSettable: readonly KeyName[];
  /** The oldest version that knows a fork, as far as it is known. */
  readonly minimums: Readonly<Partial<Record<Fork, string>>>;
}

const MODULES: Readonly<
  Record<Layer, Readonly<Record<string, { readonly images: ClientImages; readonly leastMemory?: number }>>>
> = {
  execution: executionClients,
  beacon: beaconClients,
  // Those that run inside of a beacon node are of its image.
  validator: { ...validatorClients, [INTEGRATED]: beaconClients[INTEGRATED] },
};

/** Every client, by layer, in the order of the settings. */
export function supported(): readonly Supported[] {
  return LAYERS.flatMap((layer) =>
    Object.entries(SUPPORT[layer]).map(([client, { image, tested, notSettable }]): Supported => {
      const known = MODULES[layer][client];
      const version = versionOf(known?.images.official ?? "") ?? lock.images[image].tag;
      const ran = tested === "run" ? (versionOf(known?.images.local ?? "") ?? version) : version;
      const limits = TIERS.map(({ from }) => Math.max(sizingOf(from, 0)[layer].memory, known?.leastMemory ?? 0));
      return {
        layer,
        client,
        version,
        image,
        digest: digestsOf(lock.images[image]) !== undefined,
        tested,
        testedVersion: ran === version ? null : ran,
        memory: { least: Math.min(...limits), most: Math.max(...limits) },
        notSettable,
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

export const memoryText = ({ memory: { least, most } }: Supported): string =>
  least === most ? `${least} MiB` : `${least} to ${most} MiB`;

/** The table as Markdown, for docs/clients.md. */
export function supportTables(): string {
  const rows = supported();
  const layers = LAYERS.flatMap((layer) => [
    `### ${TITLES[layer]}`,
    "",
    `| Client | Pinned version | Tested | Memory limit | Not settable |${FORKS.map((fork) => ` ${fork} from |`).join("")}`,
    `|${"---|".repeat(5 + FORKS.length)}`,
    ...rows
      .filter((each) => each.layer === layer)
      .map((each) => {
        const keys = each.notSettable.map((key) => `\`${key}\``).join(", ");
        const forks = FORKS.map((fork) => ` ${each.minimums[fork] ?? ""} |`).join("");
        return `| \`${each.client}\` | ${each.version} | ${testedText(each)} | ${memoryText(each)} | ${keys} |${forks}`;
      }),
    "",
  ]);
  const legend = Object.entries(TESTED).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);
  return [...layers, ...legend].join("\n");
}
