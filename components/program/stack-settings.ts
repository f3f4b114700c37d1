// The settings of the stack the program runs for.

import * as pulumi from "@pulumi/pulumi";
import { NAMESPACE, parseValues } from "../../config/parse";
import { type Settings, toSettings } from "../../config/settings";

/** @throws Problem `config` that lists every mistake. */
export function stackSettings(): Settings {
  const stack = pulumi.getStack();
  const prefix = `${NAMESPACE}:`;
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(prefix)) raw[key.slice(prefix.length)] = value;
  }
  return toSettings(parseValues(raw, stack), stack);
}
