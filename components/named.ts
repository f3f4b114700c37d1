// Names and labels as inputs of Docker resources.

import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { dockerName, labelList, labelsOf, type Owner, type Role } from "./names";

/** Inputs every labelled Docker resource has: its name and its labels. */
export function named(
  owner: pulumi.Input<Owner>,
  role: Role,
  generation?: string,
): { name: pulumi.Output<string>; labels: pulumi.Output<docker.types.input.VolumeLabel[]> } {
  const known = pulumi.output(owner);
  return {
    name: known.apply((each) => dockerName(each, role, generation)),
    labels: known.apply((each) => labelList(labelsOf(each, role, generation))),
  };
}
