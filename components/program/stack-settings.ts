// The settings of the stack the program runs for.

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { NAMESPACE, parseValues } from "../../config/parse";
import { type Settings, toSettings } from "../../config/settings";

/** Keys whose values are stored encrypted, as the language host tells a program; undefined where it does not. */
function secretKeys(): readonly string[] | undefined {
  const text = process.env.PULUMI_CONFIG_SECRET_KEYS;
  return text === undefined ? undefined : z.array(z.string()).parse(JSON.parse(text));
}

/** @throws Problem `config` that lists every mistake. */
export function stackSettings(): Settings {
  const stack = pulumi.getStack();
  const prefix = `${NAMESPACE}:`;
  const raw: Record<string, string> = {};
  const secret = secretKeys();
  const plain = secret && new Set<string>();
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (!key.startsWith(prefix)) continue;
    raw[key.slice(prefix.length)] = value;
    if (!secret?.includes(key)) plain?.add(key.slice(prefix.length));
  }
  return toSettings(parseValues(raw, stack, plain), stack);
}
