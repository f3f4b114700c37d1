// A container that is left alone for weeks stays what it was, within its bounds, and says how it is.

import { HEALTHY } from "../../components/names";
import { roleOf } from "../labels";
import { CONTAINER, fields, items, must, only, type Rule, type StackRule, UNKNOWN } from "../rule";

/** Seconds a client may take to end, by role: the old chain's data is about to go, and a switch has 150 in all. */
const LONGEST_GRACE: Readonly<Record<string, number>> = { execution: 60, beacon: 30, validator: 60 };

const isAbove0 = (value: unknown): boolean => typeof value === "number" && value > 0;

export const UPKEEP_RULES: readonly Rule[] = [
  {
    name: "images-are-pinned",
    description: "A container's image is named by digest or id: a tag that moves changes nothing by itself.",
    remedy: "Use repo@sha256:…, or the id of an image that was pulled.",
    appliesTo: only(CONTAINER),
    violations: ({ props }) =>
      must(
        props.image,
        (value) => /^(\S+@)?sha256:[0-9a-f]{64}$/.test(String(value)),
        `the image ${String(props.image)} is not pinned.`,
      ),
  },
  {
    name: "memory-is-limited",
    description:
      "Memory is limited, and swap with it: a limit alone shows as a replacement at the next preview, and is twice what it says.",
    remedy: "Set memory and memorySwap to the same MiB.",
    appliesTo: only(CONTAINER),
    violations: ({ props: { memory, memorySwap } }) => [
      ...must(memory, isAbove0, "memory has no limit."),
      ...(memory === UNKNOWN
        ? []
        : must(memorySwap, (value) => value === memory, "memorySwap is not set to memory's limit.")),
    ],
  },
  {
    name: "logs-rotate",
    description: "Logs have a size and a number of files, or they fill the disk.",
    remedy: 'Set logDriver to json-file or local, with logOpts "max-size" and "max-file".',
    appliesTo: only(CONTAINER),
    violations: ({ props }) => [
      ...must(
        props.logDriver,
        (value) => value === "json-file" || value === "local",
        "its log driver keeps logs without bounds, or none that `docker logs` shows.",
      ),
      ...must(
        props.logOpts,
        (value) =>
          /^\d+[kmg]$/.test(String(fields(value)["max-size"])) && /^[1-9]\d*$/.test(String(fields(value)["max-file"])),
        "its logs do not rotate.",
      ),
    ],
  },
  {
    name: "clients-come-back",
    description: "A client is started again when it or its host went down, and not when somebody stopped it.",
    remedy: 'Set restart: "unless-stopped".',
    appliesTo: only(CONTAINER),
    violations: ({ props }) => [
      ...must(
        props.restart,
        (value) => value === "unless-stopped",
        `restart is ${JSON.stringify(props.restart ?? "no")}.`,
      ),
      ...must(props.rm, (value) => value !== true, "it is removed when it ends."),
      ...must(props.mustRun, (value) => value !== false, "it need not run."),
    ],
  },
  {
    name: "clients-say-how-they-are",
    description: "A client has a healthcheck.",
    remedy: "Set healthcheck.tests.",
    appliesTo: only(CONTAINER),
    violations: ({ props }) =>
      must(
        props.healthcheck,
        (value) => value !== undefined && (fields(value).tests === UNKNOWN || items(fields(value).tests).length > 1),
        "it has no healthcheck.",
      ),
  },
  {
    name: "clients-end-in-time",
    description:
      "A client gets the time it needs to close its database, and no more than a switch has (promise 4 for validator clients).",
    remedy:
      "Set stopSignal, stopTimeout and destroyGraceSeconds; the provider ignores stopTimeout when it deletes, and kills at once.",
    appliesTo: only(CONTAINER),
    violations: (resource) => {
      const { stopSignal, stopTimeout, destroyGraceSeconds } = resource.props;
      const most = LONGEST_GRACE[roleOf(resource) ?? ""] ?? Number.POSITIVE_INFINITY;
      return [
        ...must(stopSignal, (value) => typeof value === "string" && value !== "", "no stopSignal is set."),
        ...must(destroyGraceSeconds, isAbove0, "it is killed at once when it is deleted."),
        ...must(destroyGraceSeconds, (value) => !(Number(value) > most), `it may take longer than ${most} s to end.`),
        ...(destroyGraceSeconds === UNKNOWN
          ? []
          : must(
              stopTimeout,
              (value) => value === destroyGraceSeconds,
              "`docker stop` gives it another time than a delete.",
            )),
      ];
    },
  },
];

export const UPKEEP_STACK_RULES: readonly StackRule[] = [
  {
    name: "clients-are-waited-for",
    description: "An update ends when each client is healthy, not when it was started.",
    remedy: "Follow each container with untilHealthy of components/until-healthy.ts.",
    violations: (resources) => {
      const names = new Set(resources.map(({ name }) => name));
      return resources
        .filter(({ type, name }) => type === CONTAINER && !names.has(`${name}${HEALTHY}`))
        .map(({ name }) => `nothing waits until ${name} is healthy.`);
    },
  },
];
