// How a release is refused whose bundle is not one.

import { Problem } from "../../config/problem";

/** @param what which release, or what of it, and why. */
export const refused = (what: string): Problem =>
  new Problem(
    "bundle-refused",
    what,
    "Nothing was changed. Wait for a repaired release, or name another source in ephemery:releaseSources.",
  );
