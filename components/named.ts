// Names and labels as inputs of Docker resources.

import type * as docker from "@pulumi/docker";
import { dockerName, labelList, labelsOf, type Owner, type Role } from "./names";

/** Inputs every labelled Docker resource has: its name and its labels. */
export function named(
  owner: Owner,
  role: Role,
  generation?: string,
): { name: string; labels: docker.types.input.VolumeLabel[] } {
  return { name: dockerName(owner, role, generation), labels: labelList(labelsOf(owner, role, generation)) };
}
