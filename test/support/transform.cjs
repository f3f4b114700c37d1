// Jest's loader: TypeScript, and the packages that are ESM only, to CommonJS.
"use strict";

const { createHash } = require("node:crypto");
const { transformSync, version } = require("esbuild");

const options = {
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  // Jest's own module loader has no import(); it becomes a require of the same thing.
  supported: { "dynamic-import": false },
};

/** Whether a file is an ES module, by what only those can have at the start of a line. */
const isModule = (source) => /^\s*(import|export)\b[\s{*"']/m.test(source);

module.exports = {
  getCacheKey: (source, path) =>
    createHash("sha256").update(version).update(JSON.stringify(options)).update(path).update(source).digest("hex"),
  process: (source, path) => {
    if (path.endsWith(".ts"))
      return { code: transformSync(source, { ...options, loader: "ts", sourcefile: path }).code };
    if (path.endsWith(".cjs") || !isModule(source)) return { code: source };
    return { code: transformSync(source, { ...options, loader: "js", sourcefile: path }).code };
  },
};
