// @ts-check
// A lock that knows its owner and does not survive it: a file that appears whole, with its owner in it, or not at all.
// Plain JavaScript without dependencies: what installs them takes one, too.
"use strict";

const { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } =
  require("node:fs");
const { hostname } = require("node:os");

/**
 * A process, told from all others that have or had its number.
 *
 * @typedef {object} Owner
 * @property {number} pid
 * @property {string} host
 * @property {string} boot that it runs in: a process of another boot is over.
 * @property {string} began when it began, in ticks since boot (proc(5), stat); empty where the system does not tell.
 */

/** Milliseconds after which the guard of a process that died in it counts as left behind. */
const GUARD_LIFE = 10_000;

/**
 * @param {string} path
 * @returns {string | undefined} undefined: it is gone, there is no /proc here, or it may not be read.
 */
const textOf = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/**
 * What /proc tells of a process from its state on: the name before that may hold spaces and parentheses.
 *
 * @param {number} pid
 */
const fieldsOf = (pid) => {
  const line = textOf(`/proc/${pid}/stat`) ?? "";
  return line.slice(line.lastIndexOf(")") + 2).split(" ");
};

/** @param {number} pid */
const beganAt = (pid) => fieldsOf(pid)[19] ?? "";

const bootId = () => textOf("/proc/sys/kernel/random/boot_id")?.trim() ?? "";

/**
 * Whether a process of this machine is still at work. One that has ended, and that its parent has not taken notice of, is
 * not: after a crash that is the machine's init, in its own time.
 *
 * @param {number} pid
 */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return !/^[ZX]/.test(fieldsOf(pid)[0] ?? "");
}

/** @returns {Owner} this process. */
const self = () => ({ pid: process.pid, host: hostname(), boot: bootId(), began: beganAt(process.pid) });

/**
 * Whether the process that took a lock is over. Of another machine's it can't be known, so it is not.
 *
 * @param {Owner} owner
 */
function isOver({ pid, host, boot, began }) {
  if (host !== hostname()) return false;
  if (boot !== bootId() || !isAlive(pid)) return true;
  return began !== "" && beganAt(pid) !== began;
}

/**
 * Whether the lock was free, and is this process's now.
 *
 * @param {string} file
 * @param {string} owner as it is to be found there.
 */
function take(file, owner) {
  const beside = `${file}.${process.pid}-${process.hrtime.bigint()}`;
  try {
    const handle = openSync(beside, "wx", 0o600);
    try {
      writeFileSync(handle, owner);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

/**
 * Gives a lock back, where it has not been taken over meanwhile.
 *
 * @param {string} file
 * @param {string} owner as it was taken.
 */
function release(file, owner) {
  if (textOf(file) === owner) rmSync(file, { force: true });
}

/**
 * Takes away a lock whose owner is over. One process at a time may: of two that saw the same dead owner, the second would
 * take away the lock the first has just got.
 *
 * @param {string} file
 * @param {() => boolean} isLeft whether it still is one that is to be taken away.
 */
function clear(file, isLeft) {
  const guard = `${file}.clearing`;
  try {
    mkdirSync(guard);
  } catch {
    const made = statSync(guard, { throwIfNoEntry: false });
    if (made && Date.now() - made.mtimeMs > GUARD_LIFE) rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    if (isLeft()) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

module.exports = { clear, isAlive, isOver, release, self, take, textOf };
