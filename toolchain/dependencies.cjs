// @ts-check
// The npm packages of a clone, and the alarm of a run that can't have them. Plain JavaScript without dependencies: it is
// what installs them.
"use strict";

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const { hostname } = require("node:os");
const { join } = require("node:path");
const { clear, isOver, release, self, take, textOf } = require("./lock.cjs");

/** Milliseconds between two looks at an install that another command does. */
const PAUSE = 200;
/** Milliseconds after which it is not waited for any more. */
const PATIENCE = 600_000;

/** @param {string} root of the clone */
const lockText = (root) =>
  createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");

/** @param {string} root */
const markerOf = (root) => join(root, "node_modules", ".ephemery-lock");

/**
 * Whether they are those that package-lock.json names.
 *
 * @param {string} root
 */
function installed(root) {
  const marker = markerOf(root);
  return existsSync(marker) && readFileSync(marker, "utf8") === lockText(root);
}

/**
 * Who holds a lock. undefined: nobody any more; "over": one that has ended, or that a power cut has left no trace of, or
 * one that can't be looked at from here and is older than an install is waited for: another user's, or another host's. A
 * host that has got another name is one, too, and what was killed under the old name would be waited for by each command.
 *
 * @param {string} lock
 * @returns {string | undefined} as it is told.
 */
function holderOf(lock) {
  const file = statSync(lock, { throwIfNoEntry: false });
  if (!file) return undefined;
  const text = textOf(lock);
  /** @param {string} who */
  const unlessOld = (who) => (Date.now() - file.mtimeMs > PATIENCE ? "over" : who);
  if (text === undefined) return existsSync(lock) ? unlessOld("Another user's process") : undefined;
  try {
    const owner = JSON.parse(text);
    if (isOver(owner)) return "over";
    return owner.host === hostname() ? `Process ${owner.pid}` : unlessOld(`Process ${owner.pid} of host ${owner.host}`);
  } catch {
    return "over";
  }
}

/** @param {number} time milliseconds */
const sleep = (time) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time);

/**
 * Does something that one command at a time may do in a clone.
 *
 * @param {string} root
 * @param {() => boolean} work
 */
function alone(root, work) {
  // Not below node_modules, which an install removes first.
  const folder = join(root, ".ephemery");
  const lock = join(folder, "installing");
  mkdirSync(folder, { recursive: true });
  const mine = JSON.stringify(self());
  const deadline = Date.now() + PATIENCE;
  for (let told = false; !take(lock, mine); told = true) {
    const holder = holderOf(lock);
    if (Date.now() > deadline) return false;
    if (holder === "over") clear(lock, () => holderOf(lock) === "over");
    else if (!told && holder !== undefined)
      process.stderr.write(`${holder} installs the dependencies of this clone (${lock}); waiting for it …\n`);
    sleep(PAUSE);
  }
  try {
    return work();
  } finally {
    release(lock, mine);
  }
}

/**
 * @param {string} root
 * @param {Readonly<Record<string, string>>} env
 */
function installNow(root, env) {
  process.stderr.write("Installing dependencies (npm ci) …\n");
  const lock = lockText(root);
  // Install scripts would download the vendors' plugins, which set-up sees to.
  const result = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", 2, 2],
  });
  if (result.status !== 0) return false;
  writeFileSync(markerOf(root), lock);
  return true;
}

/**
 * Installs them where they are not those that package-lock.json names.
 *
 * @param {string} root
 * @param {Readonly<Record<string, string>>} env added to npm's
 * @returns {boolean} whether they are there; what keeps them away is told.
 */
function install(root, env = {}) {
  try {
    return alone(root, () => installed(root) || installNow(root, env));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`); // as of a disk that is full
    return false;
  }
}

/** Milliseconds that the user's alarm may take, and between two of them. */
const RING = 60_000;
const RING_AGAIN = 600_000;

/**
 * Has the alarm rung of a run that can't even be loaded (hooks/README.md).
 *
 * @param {string} root
 * @param {string} stack
 * @param {string} problem
 */
function ring(root, stack, problem) {
  const folder = join(root, ".ephemery");
  const rung = join(folder, `rung-${stack}`);
  try {
    mkdirSync(folder, { recursive: true });
    const before = statSync(rung, { throwIfNoEntry: false });
    if (before && Date.now() - before.mtimeMs < RING_AGAIN) return;
    writeFileSync(rung, "");
  } catch {
    // A disk that is full keeps nobody from being told.
  }
  const told = { EPHEMERY_STACK: stack, EPHEMERY_PROBLEM: problem, EPHEMERY_PROBLEM_CODE: "toolchain" };
  spawnSync(join(root, "hooks", "failed"), {
    timeout: RING,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...told },
  });
}

module.exports = { install, installed, ring };
