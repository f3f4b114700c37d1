// What stands between a client and those that need it: a job that ends when the client is healthy.

import * as command from "@pulumi/command";
import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Layer } from "../clients/spec";
import { shellQuote } from "./docker-run";
import { dockerName, HEALTHY, type Owner } from "./names";

export interface UntilHealthyArgs {
  readonly layer: Layer;
  readonly owner: Owner;
  /** The Docker Engine, as the provider is told. */
  readonly uri: string;
  readonly container: docker.Container;
}

/** Seconds until a new client has to be healthy. Generous: a beacon node may fetch a state from far away first. */
const WITHIN: Readonly<Record<Layer, number>> = { execution: 300, beacon: 900, validator: 300 };

/**
 * A job and not the provider's own `wait`: that one looks once a second, which is as long as some clients take to
 * start, and twice in each switch. This one listens: the next container is made a tenth of a second later.
 *
 * @param name the client's.
 */
export function untilHealthy(
  name: string,
  { layer, owner, uri, container }: UntilHealthyArgs,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return new command.local.Command(
    `${name}${HEALTHY}`,
    {
      create: awaitHealth(dockerName(owner, layer), layer, WITHIN[layer]),
      // A client that was healthy once has let its dependents start: other words are no reason to ask again.
      update: ":",
      environment: { DOCKER_HOST: uri },
      triggers: [container.id],
      logging: "none",
    },
    { ...opts, deleteBeforeReplace: false },
  );
}

/**
 * A shell script that ends well when a container is healthy, and fails when it is not in time, or is gone.
 *
 * It looks before it listens: Docker tells only of changes. And it looks again after what it was told of, since all is
 * told from the container's making on, and may be over. A client that has ended is started: an engine that was killed
 * just when it had started one does not bring it back. Each probe is told of, too: that is the moment to notice that
 * this shell was killed, which is how the command provider takes Ctrl-C. What is left of it then must not hold on to its
 * output, which the provider reads to the end.
 *
 * @param within seconds.
 */
export function awaitHealth(container: string, layer: string, within: number): string {
  const name = shellQuote(container);
  const filters = [`container=${name}`, "'event=health_status: healthy'", "event=destroy", "event=exec_die"];
  const events = filters.map((filter) => `--filter ${filter}`).join(" ");
  const listen = `docker events --since "\${seen%% *}" --until "$until" ${events} --format '{{.Action}}'`;
  return [
    `until=$(($(date +%s) + ${within})); pause=0`,
    'while [ "$(date +%s)" -lt "$until" ]; do',
    `  seen=$(docker inspect --format '{{.Created}} {{.State.Status}} {{.State.Health.Status}}' ${name}) || exit 1`,
    `  [ "\${seen#* }" != "running healthy" ] || exit 0`,
    `  case "\${seen#* }" in exited*) docker start ${name} >/dev/null || exit 1 ;; esac`,
    '  sleep "$pause"; pause=0.1',
    `  { ${listen} & echo "$!"; wait; } 2>/dev/null | {`,
    "    read -r listener",
    '    while read -r told && [ "$told" = exec_die ] && kill -0 $$; do :; done',
    '    kill "$listener"',
    "  } >/dev/null 2>&1",
    "done",
    `echo "The ${layer} client, ${container}, did not become healthy in ${within} seconds." >&2`,
    "exit 1",
  ].join("\n");
}
