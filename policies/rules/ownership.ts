// Whose a Docker object is, where it is, and whether it stays.

import { LABELS } from "../../components/names";
import { labelsOf, roleOf } from "../labels";
import { CONTAINER, DOCKER_PROVIDER, must, NETWORK, only, type Resource, type Rule, startsWith, VOLUME } from "../rule";

/** Roles of what outlives every chain: keys and identity, and the networks. */
const LASTING = ["identity", "keys", "p2p-network", "engine-network", "api-network", "metrics-network"];
const KEPT = ["identity", "keys"];
/** Inputs whose change would replace a volume, which is to delete what is in it. */
const FROZEN = ["labels", "driver", "driverOpts"];
const GENERATION = /^\d+-[0-9a-f]{8}$/;

/** A label that is there; what a preview does not know counts as there. */
const missing = (labels: Readonly<Record<string, unknown>>, name: string): boolean =>
  labels[name] === undefined || labels[name] === "";

function labelViolations(resource: Resource): readonly string[] {
  const labels = labelsOf(resource);
  if (labels === undefined) return [];
  const needed = [LABELS.stack, LABELS.id, LABELS.role].filter((name) => missing(labels, name));
  const ofChain = !LASTING.includes(roleOf(resource) ?? "");
  const generation = labels[LABELS.generation];
  return [
    ...needed.map((name) => `the label ${name} is missing.`),
    ...(ofChain && missing(labels, LABELS.generation) ? [`the label ${LABELS.generation} is missing.`] : []),
    ...(!ofChain && generation !== undefined
      ? [`it outlives a chain, but is labelled with ${LABELS.generation}.`]
      : []),
    ...(typeof generation === "string" && !GENERATION.test(generation) ? [`${generation} is no generation.`] : []),
  ];
}

export const OWNERSHIP_RULES: readonly Rule[] = [
  {
    name: "objects-are-labelled",
    description:
      "Every Docker object says whose it is, what for, and of which chain: so it is found, and removed by nobody else (promise 8).",
    remedy: "Make it with components/named.ts.",
    appliesTo: only(CONTAINER, NETWORK, VOLUME),
    violations: labelViolations,
  },
  {
    name: "names-are-fixed",
    description:
      "Every Docker object has a name with its stack's id: kept ones are found again by it, and a second one of it can't be.",
    remedy: "Name it with dockerName (components/names.ts).",
    appliesTo: only(CONTAINER, NETWORK, VOLUME),
    violations: ({ props }) =>
      must(
        props.name,
        (value) => /^ephemery-.+-[0-9a-f]{8}-./.test(String(value)),
        `its name is ${String(props.name ?? "left to Pulumi")}.`,
      ),
  },
  {
    name: "no-default-docker-provider",
    description:
      "Docker resources have the provider of their host: with the default one they would be wherever DOCKER_HOST points (promise 4).",
    remedy: "Hand the provider down: { providers: [provider] }.",
    appliesTo: startsWith("docker:", DOCKER_PROVIDER),
    violations: ({ type, name, provider, props }) =>
      type === DOCKER_PROVIDER
        ? [
            ...(/^default(_|$)/.test(name) ? ["it is the default provider."] : []),
            ...must(props.host, (value) => typeof value === "string" && value !== "", "it names no host."),
          ]
        : [...(provider === undefined || /^default(_|$)/.test(provider) ? ["it is on the default provider."] : [])],
  },
  {
    name: "kept-volumes-stay",
    description:
      "Volumes of keys and identity are never replaced: no change of labels or driver deletes what is in them (promise 5). That they are retained on destroy no policy can see; test/component holds it.",
    remedy: "Make them with keptVolume (components/volumes.ts).",
    appliesTo: only(VOLUME),
    violations: (resource) => {
      if (!KEPT.includes(roleOf(resource) ?? "")) return [];
      const { ignoreChanges, protect } = resource.options;
      return [
        ...FROZEN.filter((name) => !ignoreChanges.includes(name)).map((name) => `a change of ${name} would delete it.`),
        ...(protect ? ["protect makes a destroy fail when half of it is done."] : []),
        ...must(
          resource.props.driver,
          (value) => value === undefined || value === "local",
          "it is not on the host's own disk.",
        ),
      ];
    },
  },
];
