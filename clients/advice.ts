// What is worth telling a person of the clients a node would run on a chain, before it runs them.

import { type ChainFacts, nextResetTime } from "../chain/facts";
import type { Plan } from "../chain/plan";
import { Problem } from "../config/problem";
import type { Settings } from "../config/settings";
import type { ImageOrigin } from "../toolchain/origin";
import { forkReadiness, type Unready } from "./forks";
import { runningOf } from "./node";
import { LAYER_NAMES } from "./spec";
import { isWrapper } from "./wrappers";

export interface Advice {
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

const day = (time: number): string => new Date(time * 1000).toISOString().slice(0, 10);

const nameOf = ({ layer, client, version }: Unready): string => `The ${LAYER_NAMES[layer]} ${client} ${version}`;

const whenOf = ({ epoch, begins }: Unready): string =>
  epoch === 0 ? "from its genesis on" : `from epoch ${epoch} on (${day(begins)})`;

/** One that is too old, as a sentence. */
const tooOld = (each: Unready, { iteration }: ChainFacts): string =>
  `${nameOf(each)} does not know the fork ${each.fork}, which iteration ${iteration} has ${whenOf(each)}: that needs ${each.needed} or newer.`;

const notKnown = (each: Unready, { iteration }: ChainFacts): string =>
  `It is not known here which version of ${each.client} the fork ${each.fork} needs, which iteration ${iteration} has ${whenOf(each)}. Look into the release notes of ${each.client} ${each.version}.`;

function onChain(settings: Settings, origin: ImageOrigin, chain: ChainFacts, now: number): Advice {
  const unready = forkReadiness(runningOf(settings, origin), chain, now);
  return {
    warnings: unready.filter(({ needed }) => needed !== undefined).map((each) => tooOld(each, chain)),
    notes: unready.filter(({ needed }) => needed === undefined).map((each) => notKnown(each, chain)),
  };
}

/** Of images that the settings name, whatever the chain. */
function onImages(settings: Settings, origin: ImageOrigin): Advice {
  const named = runningOf(settings, origin).filter(({ layer }) => settings[layer].image !== undefined);
  return {
    warnings: named
      .filter(({ image }) => isWrapper(image))
      .map(
        ({ layer, image }) =>
          `ephemery:${layer}Image is ${image}, which resets itself; here it is started without its wrapper. Most of these images have clients of 2024 and 2025, too old for a chain that begins with Fulu: take the client's own image.`,
      ),
    notes: named
      .filter(({ version, image }) => version === undefined && !isWrapper(image))
      .map(
        ({ layer, image }) =>
          `ephemery:${layer}Image is ${image}, which tells no version: nobody looks whether it knows the chain's forks.`,
      ),
  };
}

/** On the chains a node is on and made ready for. A chain that has ended is past advice. */
export function adviceOn(settings: Settings, origin: ImageOrigin, { active, next }: Plan, now: number): Advice {
  const chains = [active, ...(next ? [next] : [])].filter((chain) => now < nextResetTime(chain));
  const all = [onImages(settings, origin), ...chains.map((chain) => onChain(settings, origin, chain, now))];
  return { warnings: all.flatMap(({ warnings }) => warnings), notes: all.flatMap(({ notes }) => notes) };
}

/**
 * Before a node moves to a chain without a person there: a client that does not know the fork a chain begins with can't
 * follow it at all, and the old chain's data would be given up for nothing.
 *
 * @throws Problem `client-too-old` that names each client and what it needs.
 */
export function assertFollows(settings: Settings, origin: ImageOrigin, chain: ChainFacts, now: number): void {
  const unready = forkReadiness(runningOf(settings, origin), chain, now);
  const refused = unready.filter(({ epoch, needed }) => epoch === 0 && needed !== undefined);
  if (refused.length === 0) return;
  const keys = refused.map(({ layer }) => `ephemery:${layer}Image`).join(", ");
  throw new Problem(
    "client-too-old",
    `The node can't follow iteration ${chain.iteration}:\n${refused.map((each) => `  ${tooOld(each, chain)}`).join("\n")}`,
    `The node stays where it is. Set ${keys} to such a version, or unset it to run the pinned one, and bring it up with \`bin/ephemery up --stack ${settings.stack}\`.`,
  );
}
