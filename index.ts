// The program: configuration -> plan -> node -> outputs. `pulumi up` makes it so.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { clientsOf } from "./clients/changes";
import { EphemeryNode } from "./components/ephemery-node";
import { resolvePlan } from "./components/program/planning";
import { reported } from "./components/program/reported";
import { readSelf } from "./components/program/self";
import { ownerOf } from "./components/program/stack-id";
import { stackSettings } from "./components/program/stack-settings";
import { ResetSchedule } from "./components/reset-schedule";
import { isScheduled, scheduleHost } from "./config/settings";
import { imageOriginOf } from "./toolchain/origin";

export = reported(async () => {
  const settings = stackSettings();
  const self = await readSelf();
  const [plan, owner] = await Promise.all([resolvePlan(settings, self), ownerOf(settings, self.owner)]);
  const { name, uri } = settings.host;

  // An explicit provider for each host, its name in every resource's: a provider whose host changed in place
  // would look for the old containers on the new host, and leave them running on the old one.
  const provider = new docker.Provider(`docker-${name}`, { host: uri });
  const node = new EphemeryNode(
    name,
    {
      owner,
      settings,
      plan,
      images: await imageOriginOf(settings.network, settings.images),
      first: self.owner === undefined,
    },
    { providers: [provider] },
  );

  const schedule = isScheduled(settings)
    ? new ResetSchedule(name, {
        owner,
        schedule: settings.resets.schedule,
        host: scheduleHost(settings),
        after: node,
      })
    : { runner: "none", on: "runner" };

  return {
    record: node.record,
    owner,
    containers: node.containers,
    apiNetwork: node.apiNetwork,
    tools: node.tools,
    identity: node.identity,
    validators: node.validators,
    clients: clientsOf(settings),
    host: pulumi.output({ name, uri }),
    schedule: schedule.runner,
    scheduleOn: schedule.on,
  };
});
