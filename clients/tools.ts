// The image of jobs and probes: busybox tools only.

import { official } from "./images";
import type { ClientImages } from "./spec";

/** Alpine, because its wget checks certificates; on a rehearsal busybox alone. */
export const toolsImages: ClientImages = {
  official: official("tools"),
  local: "ephemery.local/tools:1.35.0-1",
};
