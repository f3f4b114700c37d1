// Where Pulumi starts the policy pack: it can load plain JavaScript alone without type-checking TypeScript at each run.
"use strict";

require("../toolchain/typescript.cjs");
require("./index.ts");
