// The program: configuration -> plan -> node -> outputs. `pulumi up` makes it so.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { EphemeryNode } from "./components/ephemery-node";
import { resolvePlan } from "./components/program/planning";
import { reported } from "./components/program/reported";
import { stackSettings } from "./components/program/stack-settings";
import { imageOriginOf } from "./toolchain/origin";

export = reported(async () => {
  const settings = stackSettings();
  const plan = await resolvePlan(settings);
  const { name, uri } = settings.host;

  // An explicit provider for each host, its name in every resource's: a provider whose host changed in place
  // would look for the old containers on the new host, and leave them running on the old one.
  const provider = new docker.Provider(`docker-${name}`, { host: uri });
  const node = new EphemeryNode(
    name,
    { settings, plan, images: await imageOriginOf(settings.network, settings.images) },
    { providers: [provider] },
  );

  return {
    record: node.record,
    owner: node.owner,
    containers: node.containers,
    apiNetwork: node.apiNetwork,
    tools: node.tools,
    identity: node.identity,
    validators: node.validators,
    host: pulumi.output({ name, uri }),
  };
});
