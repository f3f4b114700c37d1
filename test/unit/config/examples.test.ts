// Every file in examples/ is a configuration that is taken, and is told of in the README there.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { layersOf, renderNode } from "../../../clients/node";
import { NAMESPACE, parseValues } from "../../../config/parse";
import { toSettings } from "../../../config/settings";
import { ROOT } from "../../../toolchain/paths";
import { CHAIN } from "../../support/node";

const FOLDER = join(ROOT, "examples");
const EXAMPLES = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
const fileSchema = z.strictObject({
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
});

test("there are examples, and the README names each", () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(6);
  const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
  for (const file of EXAMPLES) expect(readme).toContain(`(${file})`);
});

test.each(EXAMPLES)("%s makes a node", (file) => {
  const { config } = fileSchema.parse(parse(readFileSync(join(FOLDER, file), "utf8")));
  const raw = Object.entries(config).map(([key, value]) => [
    key.replace(`${NAMESPACE}:`, ""),
    // As Pulumi hands a list to the program.
    Array.isArray(value) ? JSON.stringify(value) : String(value),
  ]);
  // A secret is in no file: the example says how it is set.
  const secrets = config["ephemery:executionEndpoint"] === undefined ? {} : { executionJwtSecret: "ab".repeat(32) };
  const settings = toSettings(parseValues({ ...Object.fromEntries(raw), ...secrets }, "example"), "example");
  const start = { kind: "genesis", reason: "" } as const;
  const node = renderNode({ settings, chain: CHAIN, start, hostMemory: 16_000, doppelgangerProtection: false });
  expect(Object.keys(node)).toEqual(layersOf(settings));
});
