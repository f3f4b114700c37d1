// The CrossGuard policy pack: `pulumi preview --policy-pack policies` holds a stack to the promises that can be
// judged from its resources. The rules are in rules/, without Pulumi.

import {
  PolicyPack,
  type PolicyResource,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { stackSettings } from "../components/program/stack-settings";
import { parseValues } from "../config/parse";
import { toSettings } from "../config/settings";
import { type Resource, type Rule, type StackRule, UNKNOWN } from "./rule";
import { rules, stackRules } from "./rules";
import { type Allowed, allowedBy } from "./rules/exposure";

/** What the stack's settings publish. The program itself tells what is wrong with them; here the defaults have to do. */
function allowed(): Allowed {
  try {
    return allowedBy(stackSettings());
  } catch {
    return allowedBy(toSettings(parseValues({}, ""), ""));
  }
}

/** A copy in which what a preview does not know is UNKNOWN; @pulumi/policy throws when such a value is read. */
function reveal(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const read = (key: string): unknown => {
    try {
      return reveal(Reflect.get(value, key));
    } catch {
      return UNKNOWN;
    }
  };
  const keys = Object.keys(value);
  return Array.isArray(value) ? keys.map(read) : Object.fromEntries(keys.map((key) => [key, read(key)]));
}

const seen = ({ type, name, props, opts, provider }: ResourceValidationArgs | PolicyResource): Resource => ({
  type,
  name,
  props: Object.fromEntries(Object.entries(Object(reveal(props)))),
  options: {
    deleteBeforeReplace: opts.deleteBeforeReplace ?? false,
    ignoreChanges: opts.ignoreChanges,
    protect: opts.protect,
  },
  provider: provider?.name,
});

const described = ({ name, description, remedy }: Pick<Rule, "name" | "description" | "remedy">) => ({
  name,
  description,
  remediationSteps: remedy,
  enforcementLevel: "mandatory" as const,
});

const resourcePolicy = (rule: Rule): ResourceValidationPolicy => ({
  ...described(rule),
  validateResource: (args, report) => {
    if (!rule.appliesTo(args.type)) return;
    for (const violation of rule.violations(seen(args))) report(`${violation} ${rule.remedy}`);
  },
});

const stackPolicy = (rule: StackRule): StackValidationPolicy => ({
  ...described(rule),
  validateStack: ({ resources }, report) => {
    for (const violation of rule.violations(resources.map(seen))) report(`${violation} ${rule.remedy}`);
  },
});

new PolicyPack("ephemery", {
  policies: [...rules(allowed()).map(resourcePolicy), ...stackRules.map(stackPolicy)],
});
