// @ts-check
// Whether a stack's last look still holds. Plain JavaScript without dependencies: a timer asks this each minute, before
// anything of the command is loaded or compiled.
"use strict";

const { createHash } = require("node:crypto");
const { readFileSync, statSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");

/** Seconds a look is good for where nothing here shows that the state has changed since. */
const LIFE = 3_600;
/** Seconds between two looks of whatever runs resets: a timer, cron, `watch`. */
const TICK = 60;

const dataFolder = () =>
  process.env.EPHEMERY_DATA || join(process.env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "ephemery");

/**
 * What tells stacks of one name apart in the names of files: 8 hex digits of a digest.
 *
 * @param {string} place clone or backend that the stack is in
 */
const tagOf = (place) => createHash("sha256").update(place).digest("hex").slice(0, 8);

/**
 * The file of a stack's last look.
 *
 * @param {string} stack
 * @param {string} folder the clone
 */
const lookFile = (stack, folder) => join(dataFolder(), "looks", `${stack}-${tagOf(folder)}.json`);

/**
 * Time stamp of the state's file, ms; null where the state is elsewhere, or not there.
 *
 * @param {string | null} file
 */
function stateTime(file) {
  return file === null ? null : (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null);
}

/**
 * The last look, while it holds: it is this clone's and this backend's, nothing has changed the state since, the clock
 * was not set back, and its time has not come.
 *
 * @param {string} stack
 * @param {string} folder the clone
 * @param {number} now unix seconds
 * @returns {unknown} undefined: a run can have something to do.
 */
function held(stack, folder, now) {
  try {
    const kept = JSON.parse(readFileSync(lookFile(stack, folder), "utf8"));
    const { at, nextLook, state, stateFile, backend } = kept;
    if (kept.folder !== folder || backend !== (process.env.PULUMI_BACKEND_URL ?? null)) return undefined;
    if (!(now >= at && now < nextLook) || stateTime(stateFile) !== state) return undefined;
    return state !== null || now < at + LIFE ? kept : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a command line is a timer's run (`reset --stack <name> --scheduled`) that can have nothing to do.
 *
 * @param {readonly string[]} args
 * @param {string} folder
 */
function nothingDue(args, folder) {
  const [command, option, stack, scheduled, ...more] = args;
  if (command !== "reset" || option !== "--stack" || !stack || scheduled !== "--scheduled" || more.length > 0)
    return false;
  const now = Date.now() / 1000;
  const look = held(stack, folder, now);
  return typeof look === "object" && look !== null && "nextLook" in look && Number(look.nextLook) - now > TICK;
}

module.exports = { TICK, held, lookFile, nothingDue, stateTime, tagOf };
