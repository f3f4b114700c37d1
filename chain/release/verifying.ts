// Loads what downloads and verifies releases only where that is done: it takes as long to load as the rest of the
// program, and most runs have no need of it.

export function verifying(): typeof import("./resolve") {
  return require("./resolve");
}
