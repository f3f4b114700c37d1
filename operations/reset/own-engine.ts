// Whether a run reaches the Docker Engine that its node is on.

import { LABELS, type Owner } from "../../components/names";
import { Problem } from "../../config/problem";
import type { HostChannel } from "../host/channel";

/**
 * Before anything moves without a person: that the engine has something of the stack's. A socket is that of the machine
 * the run is on, and says the same on every one: a run elsewhere would build a second node beside the one that signs.
 *
 * @throws Problem `host-changed`.
 */
export async function assertOwnEngine(host: HostChannel, { stack, id }: Owner): Promise<void> {
  const labels = [`${LABELS.stack}=${stack}`, `${LABELS.id}=${id}`];
  // Those of keys and node identity outlive everything but `destroy --purge-keys`.
  const mine = await host.docker([
    "volume",
    "ls",
    "--quiet",
    ...labels.flatMap((label) => ["--filter", `label=${label}`]),
  ]);
  if (mine !== "") return;
  throw new Problem(
    "host-changed",
    `The Docker Engine at ${host.uri} has no volume of stack ${stack}, whose state says that its node is there.`,
    `A socket is that of the machine a run is on: where several machines drive a stack, let ephemery:dockerHost be an ssh:// address. If this is the node's host and its volumes were removed, \`bin/ephemery repair --stack ${stack}\` makes what is gone.`,
  );
}
