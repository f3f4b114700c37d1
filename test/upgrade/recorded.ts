// Where recorded states are, and what stands in them for the stack's name.

import { join } from "node:path";

export const FOLDER = join(__dirname, "recorded");
export const STACK = "@stack@";
