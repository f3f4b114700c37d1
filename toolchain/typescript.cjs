// Has Node.js load this project's TypeScript, as `node --require ./toolchain/typescript.cjs`: types are dropped and
// imports become requires; all else Node can do itself. Types are checked by `npm test`, not at each run.
"use strict";

const { addHook } = require("sucrase/dist/register");

// The policy runner of Pulumi's SDK has ts-node loaded before it loads the pack: added to it, this would be asked second.
delete require.extensions[".ts"];
// import() stays what it is: packages that have no entry for require are reached by it.
addHook(".ts", { transforms: ["imports", "typescript"], disableESTransforms: true, preserveDynamicImport: true });
