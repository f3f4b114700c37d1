// Promise 4: a validator key signs in at most one place on one chain.

import { z } from "zod";
import { CONTAINER, fields, LOCAL_COMMAND, only, type Resource, type Rule, type StackRule } from "../rule";

export const SIGNING_RULES: readonly Rule[] = [
  {
    name: "old-before-new",
    description:
      "A container is deleted before the one that takes its place is made: two validator clients with the same keys would both sign (promise 4).",
    remedy: "Set deleteBeforeReplace: true.",
    appliesTo: only(CONTAINER),
    violations: ({ options }) => (options.deleteBeforeReplace ? [] : ["its replacement is made beside it."]),
  },
];

const keysJob = z.object({
  start: z.number(),
  count: z.number(),
  mnemonicDigest: z.string().optional(),
});

interface Range extends z.infer<typeof keysJob> {
  readonly name: string;
}

/** The validators a job delivers the keys of; undefined: it delivers none, or a preview does not know which. */
function rangeOf({ type, name, props }: Resource): Range | undefined {
  const { create, environment } = props;
  if (type !== LOCAL_COMMAND || typeof create !== "string" || !create.includes("job deliver-keys")) return undefined;
  const input = fields(environment).EPHEMERY_JOB;
  const parsed = typeof input === "string" ? keysJob.safeParse(JSON.parse(input)) : undefined;
  return parsed?.success ? { name, ...parsed.data } : undefined;
}

export const SIGNING_STACK_RULES: readonly StackRule[] = [
  {
    name: "validators-are-in-one-place",
    description: "No two key volumes of a stack get the same validators of a mnemonic (promise 4).",
    remedy: "Give each node a range of its own with ephemery:validatorStart and validatorCount.",
    violations: (resources) => {
      const ranges = resources.flatMap((resource) => rangeOf(resource) ?? []);
      return ranges.flatMap((one, index) =>
        ranges
          .slice(index + 1)
          // A mnemonic that was generated is in one volume alone.
          .filter((other) => one.mnemonicDigest !== undefined && one.mnemonicDigest === other.mnemonicDigest)
          .filter((other) => one.start < other.start + other.count && other.start < one.start + one.count)
          .map((other) => `${one.name} and ${other.name} have validators in common.`),
      );
    },
  },
];
