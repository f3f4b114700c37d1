// Every program that is built from Go modules where the vendors' hosts can't be
// reached: which module, which package, under which name. Versions are those of
// the committed go.sum beside each.

import { join } from "node:path";

export interface Recipe {
  /** Name of the program, and of its file. */
  readonly name: string;
  /** Folder with go.mod and go.sum, from the project's root. */
  readonly folder: string;
  /** Go package of the program; "." is the folder itself. */
  readonly package: string;
  readonly version: string;
  /** `-X` settings that tell the program its version. */
  readonly variables: Readonly<Record<string, string>>;
  /** Modules that are pinned by go.sum alone, because the checksum database does not have them. */
  readonly unlisted?: string;
  /** A Go release other than the one that is installed; the go command fetches it as a module. */
  readonly go?: string;
}

/** Version of the CLI; @pulumi/pulumi of any 3.x works with it. */
export const PULUMI_VERSION = "3.259.0";
/** Versions of the plugins: those of the npm packages, which ask for exactly these. */
export const PLUGIN_VERSIONS = { docker: "5.2.0", random: "4.21.2", command: "1.2.1" } as const;
export type PluginName = keyof typeof PLUGIN_VERSIONS;

const GETH = "v1.16.7";
const PRYSM = "v7.1.2";

export const CLI_RECIPES: readonly Recipe[] = [
  {
    name: "pulumi",
    folder: "toolchain/pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: PULUMI_VERSION,
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI_VERSION}` },
  },
  {
    name: "pulumi-language-nodejs",
    folder: "toolchain/language-nodejs",
    package: ".",
    version: "3.68.0",
    variables: {},
  },
  {
    name: "pulumi-language-nodejs-host",
    folder: "toolchain/language-nodejs",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: "3.68.0",
    variables: {},
  },
];

export const PLUGIN_RECIPES: Readonly<Record<PluginName, Recipe>> = {
  docker: plugin("docker", "github.com/kreuzwerker/*"),
  random: plugin("random"),
  command: plugin("command"),
};

function plugin(name: PluginName, unlisted?: string): Recipe {
  return {
    name: `pulumi-resource-${name}`,
    folder: `toolchain/provider-${name}`,
    package: ".",
    version: PLUGIN_VERSIONS[name],
    variables: { "main.version": PLUGIN_VERSIONS[name] },
    ...(unlisted === undefined ? {} : { unlisted }),
  };
}

const prysm = (name: string): Recipe => ({
  name,
  folder: "rehearsal/images/prysm",
  package: `github.com/OffchainLabs/prysm/v7/cmd/${name}`,
  version: PRYSM,
  variables: { "github.com/OffchainLabs/prysm/v7/runtime/version.gitTag": PRYSM },
  unlisted: "github.com/quic-go/*",
  // Built with Go 1.26 its QUIC panics on the first peer: an old quic-go and a crypto/tls that changed.
  go: "go1.25.5",
});

export const CLIENT_RECIPES = {
  geth: {
    name: "geth",
    folder: "rehearsal/images/geth",
    package: "github.com/ethereum/go-ethereum/cmd/geth",
    version: GETH,
    variables: {},
  },
  "prysm-beacon-chain": prysm("beacon-chain"),
  "prysm-validator": prysm("validator"),
  prysmctl: prysm("prysmctl"),
} as const satisfies Record<string, Recipe>;

export const recipeFolder = (root: string, recipe: Recipe): string => join(root, recipe.folder);
