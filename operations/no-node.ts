// What is told where a stack is there and its node is not.

import { Problem } from "../config/problem";

export const noNode = (stack: string): Problem =>
  new Problem("no-plan", `Stack ${stack} has no node yet.`, `Bring it up with \`bin/ephemery up --stack ${stack}\`.`);
