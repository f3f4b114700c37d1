// The image of jobs and probes: busybox tools only.

import type { ClientImages } from "./spec";

/** Alpine, because its wget checks certificates; on a rehearsal busybox alone. */
export const toolsImages: ClientImages = {
  official: "alpine:3.22@sha256:14358309a308569c32bdc37e2e0e9694be33a9d99e68afb0f5ff33cc1f695dce",
  local: "ephemery.local/tools:1.35.0-1",
};
