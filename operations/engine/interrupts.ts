// What becomes of an engine at work when this process is told to end.

import { startsApart } from "../../toolchain/run";

/** Called with the engine's process id as soon as it has one. */
type OnStart = (pid: number) => void;

/** Whether this process was told to end before: the engine that starts then is not the one it was told at. */
let told = false;

/** For who takes notice of signals between two engines: the next signal is no first one any more. */
export function toldToEnd(): void {
  told = true;
}

const say = (line: string): void => {
  process.stderr.write(`\n${line}\n`);
};

type Listeners = Readonly<Partial<Record<NodeJS.Signals, NodeJS.SignalsListener>>>;

async function whileListening<T>(listeners: Listeners, work: () => Promise<T>): Promise<T> {
  const all = Object.entries(listeners);
  for (const [signal, listener] of all) process.on(signal, listener);
  try {
    return await work();
  } finally {
    for (const [signal, listener] of all) process.off(signal, listener);
  }
}

/** Ctrl-C goes to the engine too, which ends what it has begun and writes its state; this process waits for that. */
function together<T>(work: (onStart: OnStart) => Promise<T>): Promise<T> {
  const SIGINT = (): void =>
    say("Interrupted. What has been begun is ended in order; a second Ctrl-C ends it at once.");
  return whileListening({ SIGINT }, () => work(() => undefined));
}

/** The first signal is this process's alone, and the engine finishes; a second one has it end what it has begun. */
function apart<T>(work: (onStart: OnStart) => Promise<T>): Promise<T> {
  let first = !told;
  let engine: number | undefined;
  const pass = (signal: NodeJS.Signals): void => {
    try {
      if (engine !== undefined) process.kill(-engine, signal);
    } catch {
      // it has ended by itself
    }
  };
  const end = (signal: NodeJS.Signals): void => {
    if (first) say("Told to end. What is at work is finished first; told once more, it is ended in order.");
    else pass(signal);
    first = false;
    told = true;
  };
  // These end every process of a terminal at once.
  const drop = (signal: NodeJS.Signals): void => {
    pass(signal);
    process.off(signal, drop);
    process.kill(process.pid, signal);
  };
  const listeners = { SIGINT: end, SIGTERM: end, SIGHUP: drop, SIGQUIT: drop };
  return whileListening(listeners, () =>
    work((pid) => {
      engine = pid;
    }),
  );
}

/** For what asks a person: Ctrl-C is an answer to it, and it gives the terminal back. */
export const whileAsking = <T>(work: () => Promise<T>): Promise<T> => whileListening({ SIGINT: () => undefined }, work);

/** Runs an engine to its end, also when this process is told to end meanwhile. */
export function whileInterruptsWait<T>(work: (onStart: OnStart) => Promise<T>): Promise<T> {
  return startsApart() ? apart(work) : together(work);
}
