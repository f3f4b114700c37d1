// The job behind the genesis volume: the release's files, verified on this
// machine, put into the volume on the host.

import { ReleaseCache } from "../../chain/release/cache";
import { reloadFiles } from "../../chain/release/reload";
import { filesDigest, genesisFiles } from "../../clients/genesis-files";
import { releaseCacheFolder } from "../../toolchain/paths";
import { HostChannel } from "../host/channel";
import { deliver } from "../host/deliver";
import { deliverGenesisInput, readInput } from "./input";

/** @returns the digest over the delivered files. */
export async function deliverGenesis(): Promise<string> {
  const { owner, uri, image, volume, chain, releaseSources } = readInput(deliverGenesisInput);
  // The clock had its say when the plan was made; here the identity has to be the plan's.
  const options = { sources: releaseSources, clock: undefined, cache: new ReleaseCache(releaseCacheFolder()) };
  const files = genesisFiles(await reloadFiles(chain, options));
  await deliver(
    new HostChannel(uri),
    {
      what: "The delivery of the genesis files",
      owner,
      job: "genesis",
      generation: chain.generation,
      image,
      volume,
      folder: ".",
      uid: 0,
      gid: 0,
      mode: "0444",
    },
    files,
  );
  return filesDigest(files);
}
