// Promise 7: from outside a host only the p2p ports answer. Engine API, RPC, WebSocket, Beacon API, metrics and key
// manager stay on networks of their own; publishing one is an explicit setting.

import type { HostEndpoint, Settings } from "../../config/settings";
import { labelsOf, roleOf } from "../labels";
import { CONTAINER, fields, items, must, NETWORK, only, type Resource, type Rule, UNKNOWN } from "../rule";

/** What may answer on addresses other than loopback. */
export interface Allowed {
  /** `port/protocol` by the role of the container that listens there. */
  readonly p2p: Readonly<Record<string, readonly string[]>>;
  /** What the stack's settings publish, where they say. */
  readonly exposed: readonly HostEndpoint[];
}

export function allowedBy({ host, expose }: Pick<Settings, "host" | "expose">): Allowed {
  const { execution, beacon, quic } = host.ports;
  return {
    p2p: {
      execution: [`${execution}/tcp`, `${execution}/udp`],
      beacon: [`${beacon}/tcp`, `${beacon}/udp`, `${quic}/udp`],
    },
    exposed: Object.values(expose).filter((each): each is HostEndpoint => each !== undefined),
  };
}

const isLoopback = (address: unknown): boolean =>
  typeof address === "string" && /^(127\.\d+\.\d+\.\d+|::1)$/.test(address);

function portViolations(resource: Resource, { p2p, exposed }: Allowed): readonly string[] {
  return items(resource.props.ports).flatMap((port) => {
    const { internal, external, ip, protocol = "tcp" } = fields(port);
    if ([internal, external, ip, protocol].includes(UNKNOWN) || isLoopback(ip)) return [];
    const what = `${String(internal)}/${String(protocol)}`;
    if (external === undefined) return [`${what} is published on a port that Docker chooses.`];
    const forPeers = (p2p[roleOf(resource) ?? ""] ?? []).includes(`${String(external)}/${String(protocol)}`);
    if (forPeers && internal === external) return [];
    const explicit = exposed.some((each) => each.address === ip && each.port === external && protocol === "tcp");
    return explicit
      ? []
      : [`${what} is published on ${String(ip ?? "every address")}:${String(external)}, which no setting says.`];
  });
}

export const exposureRules = (allowed: Allowed): readonly Rule[] => [
  {
    name: "only-p2p-ports-answer",
    description: "Only p2p ports are published, beside loopback and what ephemery:expose… says (promise 7).",
    remedy: "Publish it on 127.0.0.1, or say so with ephemery:exposeRpc, exposeWebSocket or exposeBeaconApi.",
    appliesTo: only(CONTAINER),
    violations: (resource) => [
      ...portViolations(resource, allowed),
      ...must(
        resource.props.publishAllPorts,
        (value) => value !== true,
        "publishAllPorts publishes every port of the image.",
      ),
    ],
  },
  {
    name: "containers-stay-on-their-networks",
    description:
      "A container is on bridge networks of the node: on the host's own every port would answer (promise 7).",
    remedy: 'Leave networkMode at "bridge", with networksAdvanced.',
    appliesTo: only(CONTAINER),
    violations: ({ props }) =>
      must(
        props.networkMode,
        (mode) => mode === undefined || mode === "bridge" || mode === "none",
        `networkMode is ${JSON.stringify(props.networkMode)}.`,
      ),
  },
  {
    name: "api-networks-are-internal",
    description:
      "The networks for engine API, client APIs and metrics reach nothing outside; the one to meet peers on alone may (promise 7).",
    remedy: "Make the network with internal: true.",
    appliesTo: only(NETWORK),
    violations: (resource) =>
      roleOf(resource) === "p2p-network"
        ? []
        : must(
            resource.props.internal,
            (value) => value === true,
            `the network ${roleOf(resource) ?? resource.name} is not internal.`,
          ),
  },
  {
    name: "roles-are-known",
    description: "A Docker object says by its role what it is for, so that rules by role hold for it (promise 7).",
    remedy: "Label it (components/named.ts).",
    appliesTo: only(CONTAINER, NETWORK),
    violations: (resource) =>
      labelsOf(resource) === undefined || roleOf(resource) !== undefined ? [] : ["it has no label ephemery.role."],
  },
];
