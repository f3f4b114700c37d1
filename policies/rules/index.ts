// All rules of the pack.

import type { Rule, StackRule } from "../rule";
import { CONFINEMENT_RULES } from "./confinement";
import { type Allowed, exposureRules } from "./exposure";
import { OWNERSHIP_RULES } from "./ownership";
import { SECRET_RULES } from "./secrets";
import { SIGNING_RULES, SIGNING_STACK_RULES } from "./signing";
import { UPKEEP_RULES, UPKEEP_STACK_RULES } from "./upkeep";

export const rules = (allowed: Allowed): readonly Rule[] => [
  ...SECRET_RULES,
  ...exposureRules(allowed),
  ...CONFINEMENT_RULES,
  ...UPKEEP_RULES,
  ...OWNERSHIP_RULES,
  ...SIGNING_RULES,
];

export const stackRules: readonly StackRule[] = [...SIGNING_STACK_RULES, ...UPKEEP_STACK_RULES];
