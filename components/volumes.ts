// The two kinds of volumes: those of one generation, and those that outlive everything.

import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { named } from "./named";
import type { Owner, Role } from "./names";

/** A changed label or driver would replace the volume, which is to delete what is in it. */
const FROZEN = ["labels", "driver", "driverOpts"];

/** A volume of one generation. It goes when the program no longer names its generation. */
export function generationVolume(
  name: string,
  args: { readonly owner: Owner; readonly role: Role; readonly generation: string },
  opts: pulumi.CustomResourceOptions,
): docker.Volume {
  return new docker.Volume(name, named(args.owner, args.role, args.generation), { ...opts, ignoreChanges: FROZEN });
}

/**
 * A volume that stays when the stack goes, and is taken over by the next `up` because its name is
 * the same. No `protect`: it makes `destroy` fail when half of it is done.
 */
export function keptVolume(
  name: string,
  args: { readonly owner: Owner; readonly role: Extract<Role, "identity" | "keys"> },
  opts: pulumi.CustomResourceOptions,
): docker.Volume {
  return new docker.Volume(name, named(args.owner, args.role), {
    ...opts,
    ignoreChanges: FROZEN,
    retainOnDelete: true,
  });
}
