// The rooms and which way their imports go (docs/architecture.md).
"use strict";

/** Each room may import from those before it; toolchain/ is a leaf that some of them stand on. */
const ROOMS = ["config", "chain", "clients", "validators", "components", "operations", "rehearsal", "cli"];
/** Rooms that know nothing of Pulumi. */
const PURE = ["config", "chain", "clients", "validators"];

const upward = ROOMS.map((room, index) => ({
  name: `${room}-imports-downward`,
  comment: "Data flows one way: nothing imports from a room above its own.",
  severity: "error",
  from: { path: `^${room}/` },
  to: { path: `^(${[...ROOMS.slice(index + 1), "policies", "test", "bench"].join("|")})/|^index[.]ts$` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: "clients-and-validators-are-apart",
      comment: "A client is rendered without a key, a key derived without a client.",
      severity: "error",
      from: { path: "^clients/" },
      to: { path: "^validators/" },
    },
    {
      name: "toolchain-is-a-leaf",
      comment: "It runs before anything else is there; only problems are told as everywhere.",
      severity: "error",
      from: { path: "^toolchain/" },
      to: { path: "^(?!toolchain/|config/problem|node_modules/|[a-z_:/]+$)" },
    },
    {
      name: "pure-rooms-know-no-pulumi",
      severity: "error",
      from: { path: `^(${PURE.join("|")})/` },
      to: { path: "node_modules/@pulumi/" },
    },
    {
      name: "pulumi-resources-only-in-components",
      comment: "The one place where a ContainerSpec becomes a container.",
      severity: "error",
      from: { path: "^(operations|rehearsal|cli|toolchain)/" },
      to: { path: "node_modules/@pulumi/(?!pulumi/automation/)" },
    },
    { name: "no-circles", severity: "error", from: { path: "^[a-z]" }, to: { circular: true } },
    {
      name: "tests-stay-outside",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    includeOnly: {
      path: `^(${[...ROOMS, "toolchain", "policies", "docs", "bench", "test"].join("|")})/|^index[.]ts$|node_modules/@pulumi/`,
    },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "testdata|^toolchain/.*[.]go$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
