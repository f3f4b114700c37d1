// What Teku's two programs share: a Java runtime, and how it is told of the container's limits.

import { PATHS } from "./spec";

/** Beside what another client may have left in the volume. */
export const TEKU_FOLDER = `${PATHS.chain}/teku`;
/** Java unpacks native libraries there and maps them: not on /tmp, from which nothing can be executed. */
export const TEKU_TMP = `${TEKU_FOLDER}/tmp`;

/** As much again as the heap goes to code, threads, buffers and what native libraries allocate. */
const HEAP_SHARE = 0.5;

/**
 * Java's options.
 *
 * @param memory The container's limit in MiB.
 */
export const tekuEnvironment = (memory: number): Readonly<Record<string, string>> => ({
  JAVA_OPTS: `-Xmx${Math.floor(memory * HEAP_SHARE)}m -Djava.io.tmpdir=${TEKU_TMP}`,
});
