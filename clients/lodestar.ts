// What Lodestar's two programs share: a Node.js runtime, and how it is told of the container's limit.

import { PATHS } from "./spec";

/** Beside what another client may have left in the volume. */
export const LODESTAR_FOLDER = `${PATHS.chain}/lodestar`;

/** The rest goes to buffers, worker threads and what native modules allocate. The image's own is 8 GiB. */
const HEAP_SHARE = 0.65;

/**
 * Node.js's options.
 *
 * @param memory The container's limit in MiB.
 */
export const lodestarEnvironment = (memory: number): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--max-old-space-size=${Math.floor(memory * HEAP_SHARE)}`,
});
