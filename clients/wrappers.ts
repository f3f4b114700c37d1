// Images that put a program of their own before a client: the pk910/ephemery-* ones, which look for releases and wipe
// the client's data by themselves. Here a reset is not theirs to do, so the client is started without it.

import type { ContainerSpec, Layer, Preparation } from "./spec";

/** https://github.com/pk910/ephemery-client-wrapper */
const WRAPPER = /^(?:docker\.io\/|index\.docker\.io\/)?pk910\/ephemery-[^/]*$/;

/** Whether an image that the settings name is one of them. */
export const isWrapper = (image: string | undefined): boolean => image !== undefined && WRAPPER.test(image);

interface Wrapped {
  /** Starts the client itself. */
  readonly program: readonly string[];
  /** Where the wrapper took the client's place, and moved it aside: that place. */
  readonly place?: string;
}

/** By what their Dockerfiles do. Those that are missing have no such image, or name the client's program anyway (Besu). */
const WRAPPED: Readonly<Record<string, Wrapped>> = {
  "execution geth": { program: ["geth"] },
  "execution nethermind": { program: ["/nethermind/nethermind.bin"] },
  "execution erigon": { program: ["erigon"] },
  "execution reth": { program: ["/usr/local/bin/reth"] },
  "beacon lighthouse": { program: ["lighthouse.bin"], place: "lighthouse" },
  "beacon prysm": { program: ["/app/cmd/beacon-chain/beacon-chain"], place: "/beacon-chain" },
  "beacon teku": { program: ["/opt/teku/bin/teku"] },
  "beacon nimbus": { program: ["/home/user/nimbus_beacon_node.bin"], place: "/home/user/nimbus_beacon_node" },
  "beacon lodestar": { program: ["node", "/usr/app/packages/cli/bin/lodestar"] },
  "validator lighthouse": { program: ["lighthouse.bin"], place: "lighthouse" },
  "validator prysm": { program: ["/app/cmd/validator/validator"] },
  "validator teku": { program: ["/opt/teku/bin/teku"] },
  "validator lodestar": { program: ["node", "/usr/app/packages/cli/bin/lodestar"] },
};

/** A run of a client in such an image, with the client itself as what is started. */
export function unwrapped<Run extends Pick<ContainerSpec | Preparation, "entrypoint" | "command">>(
  layer: Layer,
  client: string,
  run: Run,
): Run {
  const { program, place } = WRAPPED[`${layer} ${client}`] ?? {};
  if (program === undefined) return run;
  const { entrypoint, command } = run;
  if (entrypoint !== undefined) {
    const [moved] = program;
    if (place === undefined || moved === undefined) return run;
    return { ...run, entrypoint: entrypoint.map((each) => each.replaceAll(place, moved)) };
  }
  // Where the image has no entrypoint of its own, the command's first word is the program.
  return { ...run, entrypoint: program, command: command[0] === place ? command.slice(1) : command };
}
