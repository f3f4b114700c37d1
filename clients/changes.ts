// What a change of clients on a running node means, said before it is made.

import type { ChainFacts } from "../chain/facts";
import { EXTERNAL, INTEGRATED } from "../config/keys";
import type { Settings } from "../config/settings";
import { LAYERS, type Layer } from "./spec";

/** The client of each layer, by its name in the settings; none for the validators of a node that has none. */
export type Clients = Readonly<Partial<Record<Layer, string>>>;

export function clientsOf({ execution, beacon, validator, validators }: Settings): Clients {
  return {
    execution: execution.client,
    beacon: beacon.client,
    ...(validators.count === 0 ? {} : { validator: validator.client }),
  };
}

interface Change {
  readonly from: string;
  readonly to: string;
  readonly iteration: number;
}

const TEXTS: Readonly<Record<Layer, (change: Change) => string>> = {
  execution: ({ from, to, iteration }) =>
    `The execution client changes from ${from} to ${to}. ${
      to === EXTERNAL
        ? `The data ${from} has of iteration ${iteration} goes.`
        : `${to} syncs iteration ${iteration} anew, from its genesis, and no duty is done until it has. The identity stays.`
    }`,
  beacon: ({ from, to, iteration }) =>
    `The beacon node changes from ${from} to ${to}. ${
      to === EXTERNAL
        ? `The data ${from} has of iteration ${iteration} goes.`
        : `${to} syncs iteration ${iteration} anew, from a checkpoint where one is to be had, and no duty is done until it has. The identity stays.`
    }`,
  validator: ({ from, to }) =>
    `What signs changes from ${from} to ${to}. ${from} is stopped before ${to} starts, and its slashing protection moves along (EIP-3076)${
      to === INTEGRATED ? ", into the beacon node" : ""
    }. The keys stay; nothing is synced.`,
};

/**
 * The layers whose client another one takes the place of, on the same chain. On another chain every client begins anew.
 *
 * @param was of the last update; undefined: there was none, or it did not say.
 */
export function changesOf(was: Clients | undefined, settings: Settings, { iteration }: ChainFacts): readonly string[] {
  const now = clientsOf(settings);
  return LAYERS.flatMap((layer) => {
    const [from, to] = [was?.[layer], now[layer]];
    return from === undefined || to === undefined || from === to ? [] : [TEXTS[layer]({ from, to, iteration })];
  });
}
